using Bifrost.Calls.Contracts;

namespace Bifrost.Jobs.Contracts;

/// <summary>What a client that waited would have got.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobOutcome")]
public sealed record JobOutcome
{
    /// <summary>HTTP status.</summary>
    [Id(0)] public required int StatusCode { get; init; }

    /// <summary>The completion, or the error object of contract section 6: one JSON object.</summary>
    [Id(1)] public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The answer's own headers (contract section 4), for the poll that hands it out.</summary>
    [Id(2)] public ImmutableArray<Header> Headers { get; init; } = [];

    /// <summary>Without the body.</summary>
    public override string ToString() => $"JobOutcome {StatusCode}, {Body.Length} bytes";
}
