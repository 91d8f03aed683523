namespace Bifrost.Catalog.Store;

/// <summary>A live process that has not yet taken over a version of the catalog.</summary>
/// <param name="Seen">The version it works by.</param>
/// <param name="ForMs">How long it may still admit without another heartbeat, in milliseconds.</param>
public sealed record HolderBehind(Guid Holder, long Seen, long ForMs);
