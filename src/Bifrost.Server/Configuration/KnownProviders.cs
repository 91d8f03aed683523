using System.Collections.Immutable;
using Bifrost.Providers.Anthropic;
using Bifrost.Providers.Gemini;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Server.Configuration;

/// <summary>What is known of a provider by its name alone.</summary>
internal sealed record KnownProvider(string Dialect, Uri? BaseUrl, bool NeedsKey, bool AskStreamUsage);

/// <summary>The providers that need no description: the OpenAI-style ones, the simulator, and names whose dialect is another one.</summary>
internal static class KnownProviders
{
    public const string Azure = "azure";

    /// <summary>Dialects that are spoken here.</summary>
    public static readonly ImmutableArray<string> Dialects = ["openai", "anthropic", Azure, "gemini", "responses", "vertex"];

    /// <summary>Where those are that are named as their dialect; null: each key says it.</summary>
    private static readonly ImmutableArray<(string Name, string? BaseUrl)> s_own =
        [("anthropic", AnthropicDialect.BaseUrl), (Azure, null), ("gemini", GeminiDialect.BaseUrl), ("vertex", VertexDialect.BaseUrl)];

    private static readonly ImmutableArray<string> s_otherDialects =
    [
        "bedrock", "bedrock_mantle", "cohere", "deepgram", "elevenlabs", "replicate", "runware", "runway", "sarvam",
    ];

    public static IEnumerable<string> Names => [.. OpenAiProfiles.All.Keys, .. s_own.Select(own => own.Name), .. s_otherDialects, SimulatorProvider.Name];

    public static bool Speaks(string dialect) => Dialects.Contains(dialect, StringComparer.Ordinal);

    /// <summary>True for a dialect of Bifrost's that is not spoken here.</summary>
    public static bool IsOther(string dialect) => s_otherDialects.Contains(dialect, StringComparer.Ordinal);

    public static KnownProvider? Find(string name)
    {
        if (string.Equals(name, SimulatorProvider.Name, StringComparison.Ordinal))
            return new KnownProvider("openai", SimulatorProvider.Unopened, NeedsKey: false, AskStreamUsage: true);
        foreach (var (own, url) in s_own)
            if (string.Equals(name, own, StringComparison.Ordinal))
                return new KnownProvider(name, url is null ? null : new Uri(url), NeedsKey: true, AskStreamUsage: true);
        if (s_otherDialects.Contains(name, StringComparer.Ordinal))
            return new KnownProvider(name, null, NeedsKey: true, AskStreamUsage: true);
        return OpenAiProfiles.All.TryGetValue(name, out var profile)
            ? new KnownProvider("openai", profile.BaseUrl is null ? null : new Uri(profile.BaseUrl), profile.NeedsKey, profile.AskStreamUsage)
            : null;
    }
}
