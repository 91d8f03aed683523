namespace Bifrost.Chat.Envelope;

/// <summary>How a request's body has to look for one target.</summary>
/// <param name="Model">The provider's own name of the model.</param>
/// <param name="AskStreamUsage">Whether a stream's usage is asked for (<c>stream_usage: ask</c>); of no meaning for plain calls.</param>
/// <param name="ClampOutputTokens">The highest output limit in tokens that goes upstream; 0 leaves the limit alone.</param>
public readonly record struct UpstreamShape(string Model, bool AskStreamUsage, int ClampOutputTokens)
{
    /// <summary>
    /// Whether the provider knows the output limit as <c>max_tokens</c> alone: one that the request names otherwise would bind nothing there.
    /// </summary>
    public bool LimitIsMaxTokens { get; init; }

    /// <summary>The service tier that goes upstream; null leaves the request's own alone.</summary>
    public string? ServiceTier { get; init; }
}
