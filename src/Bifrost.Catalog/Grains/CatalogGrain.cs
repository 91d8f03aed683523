namespace Bifrost.Catalog.Grains;

/// <summary>Announces configuration changes to the silos. Its state is lost with it: the version in the store is the truth.</summary>
[GrainType("catalog")]
internal sealed class CatalogGrain(TimeProvider time) : Grain, ICatalogGrain
{
    private readonly VersionAnnouncement _announcement = new(time);

    public Task Announce(long version)
    {
        _announcement.Announce(version);
        return Task.CompletedTask;
    }

    public Task<long> WaitBeyond(long seen) => _announcement.WaitBeyondAsync(seen);
}
