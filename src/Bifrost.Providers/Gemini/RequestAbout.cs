using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.Gemini;

/// <summary>What one request is mapped by.</summary>
/// <param name="Model">What the model takes.</param>
/// <param name="Names">The functions' names.</param>
/// <param name="Findings">Where to put what cannot be done.</param>
internal sealed record RequestAbout(GeminiModel Model, ToolNames Names, MapFindings Findings)
{
    /// <summary>Where it goes.</summary>
    public GeminiPlace Place { get; init; } = GeminiPlace.Api;

    /// <summary>The calls of the last turn.</summary>
    public CallBook Calls { get; } = new();
}
