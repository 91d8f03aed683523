namespace Bifrost.Catalog.Grains;

/// <summary>
/// Announces configuration changes (grain key: <see cref="Key"/>). It wakes the silos; the version and the barrier are the
/// store's, so a lost announcement only costs the time until the next heartbeat.
/// </summary>
[Alias("bifrost.ICatalogGrain")]
public interface ICatalogGrain : IGrainWithStringKey
{
    const string Key = "catalog";

    /// <summary>Says that the catalog has reached <paramref name="version"/>. Repeating it, or an older version, changes nothing.</summary>
    [Alias("Ring")]
    Task Announce(long version);

    /// <summary>Answers the newest version known as soon as it is beyond <paramref name="seen"/>, at the latest after 5 seconds.</summary>
    [Alias("WaitBeyond"), AlwaysInterleave]
    Task<long> WaitBeyond(long seen);
}
