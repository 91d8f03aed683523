using Orleans;

namespace Bifrost.Embedded.Runtime;

/// <inheritdoc cref="IGrainFactory"/>
internal sealed class GrainFactory(Silo silo) : IGrainFactory
{
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        return (TGrainInterface)(object)silo.Directory.Find(typeof(TGrainInterface), grainClassNamePrefix).Reference(primaryKey);
    }
}
