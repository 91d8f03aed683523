using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Jobs.Contracts;

/// <summary>
/// What running a job needs beside its body, so that it runs as if its client had waited. It holds no secret: the key that submitted was
/// authenticated then, and is looked up by id when the job runs. Kept with the job as JSON.
/// </summary>
[GenerateSerializer, Immutable, Alias("bifrost.JobCall")]
public sealed record JobCall
{
    /// <summary>The <c>x-request-id</c> of the submission; every ledger entry of the job carries it.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Provider of a bare model that no weighted provider of the key serves; null: such a model is an error.</summary>
    [Id(1)] public string? DefaultProvider { get; init; }

    /// <summary>Headers that the contract lets through to the provider (section 4), names in lower case.</summary>
    [Id(2)] public ImmutableArray<Header> Headers { get; init; } = [];

    [Id(3)] public bool SendBackRawRequest { get; init; }
    [Id(4)] public bool SendBackRawResponse { get; init; }

    /// <summary>The caller's word on lowering its output limit near the end of a budget; null: the settings' holds.</summary>
    [Id(5)] public ClampRule? Clamp { get; init; }

    /// <summary>The <c>traceparent</c> of the submission where that was traced; null: it was not.</summary>
    [Id(6)] public string? Trace { get; init; }
}
