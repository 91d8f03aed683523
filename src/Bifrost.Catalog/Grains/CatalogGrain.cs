namespace Bifrost.Catalog.Grains;

/// <summary>Announces configuration changes to the silos. Its state is lost with it: the version in the store is the truth.</summary>
[GrainType("catalog")]
internal sealed class CatalogGrain(TimeProvider time) : Grain, ICatalogGrain
{
    private readonly VersionAnnouncement _bell = new(time);

    public Task Ring(long version)
    {
        _bell.Ring(version);
        return Task.CompletedTask;
    }

    public Task<long> WaitBeyond(long seen) => _bell.WaitBeyondAsync(seen);
}
