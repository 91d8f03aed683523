namespace Bifrost.Catalog.Grains;

/// <summary>The doorbell of configuration changes. What it knows is lost with it: the store's version is the truth.</summary>
[GrainType("catalog")]
internal sealed class CatalogGrain(TimeProvider time) : Grain, ICatalogGrain
{
    private readonly Doorbell _bell = new(time);

    public Task Ring(long version)
    {
        _bell.Ring(version);
        return Task.CompletedTask;
    }

    public Task<long> WaitBeyond(long seen) => _bell.WaitBeyondAsync(seen);
}
