using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Store;

/// <summary>The outcome of an ended job, or only its size where it is large.</summary>
/// <param name="Small">Null: it is larger than was asked for.</param>
/// <param name="Bytes">Bytes of its body.</param>
public sealed record JobOutcomeHead(JobOutcome? Small, int Bytes)
{
    /// <summary>Bodies above this many bytes stay in the store until they are sent.</summary>
    public const int SmallBytes = 64 << 10;
}
