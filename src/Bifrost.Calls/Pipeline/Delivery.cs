using Bifrost.Calls.Accounting;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Pipeline;

/// <summary>What one try brought, wholly or up to where it broke off.</summary>
internal readonly record struct Delivery
{
    /// <summary>What the provider told of its usage.</summary>
    public UsageTold Told { get; init; }

    /// <summary>True when content came after the last telling: then what was told is not all.</summary>
    public bool IsToldEarly { get; init; }

    /// <summary>Bytes of content.</summary>
    public ContentBytes Content { get; init; }

    /// <summary>True when the provider says that an output limit ended the answer.</summary>
    public bool IsEndedByLimit { get; init; }

    /// <summary>The models and tiers that the answer names.</summary>
    public AnsweredNames Names { get; init; }
}
