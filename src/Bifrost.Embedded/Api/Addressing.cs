using Bifrost.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Anything that has an address: grains and references to them.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    /// <summary>Base of grain interfaces.</summary>
    public interface IGrain : IAddressable;

    /// <summary>A grain whose key is a string.</summary>
    public interface IGrainWithStringKey : IGrain;

    /// <summary>Makes references. Never does I/O; the first call activates.</summary>
    public interface IGrainFactory
    {
        /// <param name="primaryKey">The grain's key; not empty.</param>
        /// <param name="grainClassNamePrefix">Chooses among several classes of one interface by the start of their full name.</param>
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithStringKey;
    }

    /// <summary>What can be asked of a grain or a reference to one.</summary>
    public static class GrainExtensions
    {
        /// <summary>The string key of a grain or of the grain behind a reference.</summary>
        public static string GetPrimaryKeyString(this IAddressable grain) => grain switch
        {
            GrainReference reference => reference.Key,
            IGrainBase { GrainContext: { } context } => context.GrainId.Key.ToString(),
            _ => throw new ArgumentException("Neither a grain reference nor a grain that the engine made.", nameof(grain)),
        };
    }
}
