namespace Orleans;

/// <summary>Anything that has an address: grains and references to them.</summary>
public interface IAddressable;

/// <summary>Base of grain interfaces.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain whose key is a string.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>Makes references. Never does I/O; the first call activates.</summary>
public interface IGrainFactory
{
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
}
