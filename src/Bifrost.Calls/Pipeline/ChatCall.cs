using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// One chat completion as a front-end or a job asks for it. The envelope's body must stay valid until <see cref="ChatPipeline.RunAsync"/>
/// has returned, and for a stream until the <see cref="ChatEvents"/> are disposed.
/// </summary>
public sealed record ChatCall
{
    public required ChatEnvelope Envelope { get; init; }
    public required Caller Caller { get; init; }

    /// <summary>The id that the client sees as <c>x-request-id</c> and every ledger entry of the request carries.</summary>
    public required string RequestId { get; init; }

    /// <summary>Provider of a bare model that no weighted provider of the key serves; null: such a model is a 400 (contract section 3).</summary>
    public string? DefaultProvider { get; init; }

    /// <summary>Headers that the contract lets through to the provider (section 4), names in lower case.</summary>
    public ImmutableArray<Header> Headers { get; init; } = [];

    /// <summary>Asks for <c>extra_fields.raw_request</c>; given only where the provider's configuration allows it.</summary>
    public bool SendBackRawRequest { get; init; }

    /// <summary>Asks for <c>extra_fields.raw_response</c>; given only where the provider's configuration allows it.</summary>
    public bool SendBackRawResponse { get; init; }

    /// <summary>The caller's word on lowering its output limit near the end of a budget (<c>x-bf-clamp</c>); null: the settings' holds.</summary>
    public ClampRule? Clamp { get; init; }

    /// <summary>The job that makes the call; null for a client that waits.</summary>
    public string? JobId { get; init; }

    /// <summary>Learns of every settlement of the call; null: the caller does not need to know when they are durable.</summary>
    public CallSettlements? Settlements { get; init; }
}
