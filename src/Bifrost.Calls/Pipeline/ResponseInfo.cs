using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Pipeline;

/// <summary>What the response headers of contract section 4 say.</summary>
public sealed record ResponseInfo
{
    public static readonly ResponseInfo None = new();

    /// <summary>The provider that answered, or for a failure the one whose error it is; null when no target was tried.</summary>
    public string? Provider { get; init; }

    /// <summary>That provider's own name of the model.</summary>
    public string? ResolvedModel { get; init; }

    /// <summary>0 for the primary target, 1 for the first fallback.</summary>
    public int FallbackIndex { get; init; }

    /// <summary>The key's tightest windows as of admission; null when it has none.</summary>
    public RateLimitView? RateLimits { get; init; }

    /// <summary>The output limit in tokens that the call was lowered to near the end of a budget; null: it was not.</summary>
    public int? OutputClamped { get; init; }

    /// <summary>The upstream's <c>openai-processing-ms</c>, as it came.</summary>
    public string? ProcessingMs { get; init; }
}
