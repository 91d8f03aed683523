namespace Bifrost.Server.Configuration;

/// <summary>Where a cluster is to be found: the store with its membership table, and its settings.</summary>
internal sealed record ClusterTarget(StoreSettings Store, ClusterSettings Cluster);
