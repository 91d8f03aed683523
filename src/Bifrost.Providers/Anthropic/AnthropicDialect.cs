using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.Anthropic;

/// <summary>Speaks Anthropic's messages API.</summary>
public sealed class AnthropicDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    /// <summary>Where Anthropic is.</summary>
    public const string BaseUrl = "https://api.anthropic.com";

    private const string VersionHeader = "anthropic-version";
    private const string Version = "2023-06-01";

    /// <summary>The first version of the API that takes no sampling fields of any model.</summary>
    private const string VersionWithoutSampling = "2026-10-21";

    private readonly Upstreams _upstreams = new(limits, RouteTo);

    public string Name => "anthropic";

    public async Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (TryRefusals.Of(target, call) is { } refusal) return new ProviderReply { Failure = refusal, KeyId = target.KeyId };

        // Writing a long conversation anew takes longer than a grain's turn should.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var findings = new MapFindings(target.Provider);
        var upstream = _upstreams.For(target.Provider);
        var request = RequestMap.Write(call, ClaudeModels.Find(call.Model), Samples(upstream), findings);
        return findings.Failure is { } failure
            ? new ProviderReply { Failure = failure, KeyId = target.KeyId }
            : await new AnthropicExchange(target, call, upstream, limits, time, request, findings.Dropped).RunAsync().ConfigureAwait(false);
    }

    private static bool Samples(Upstream upstream)
    {
        foreach (var (name, value) in upstream.ExtraHeaders)
            if (string.Equals(name, VersionHeader, StringComparison.OrdinalIgnoreCase))
                return string.CompareOrdinal(value.Trim(), VersionWithoutSampling) < 0;
        return true;
    }

    private static UpstreamRoute RouteTo(Provider provider)
    {
        var plain = UrlOf(provider.BaseUrl, provider.ChatPath);
        return new UpstreamRoute(plain, provider.StreamPath is { } path ? UrlOf(provider.BaseUrl, path) : plain, "x-api-key", "")
        {
            Headers = [KeyValuePair.Create(VersionHeader, Version)],
            TakesOpenAiHeaders = false,
        };
    }

    /// <summary>An address that names the version or the whole path already gets neither a second time.</summary>
    private static Uri UrlOf(Uri baseUrl, string? path)
    {
        const string Messages = "/messages";
        var left = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (path is not null) return path.StartsWith('/') ? new Uri(left + path + baseUrl.Query) : new Uri(path);
        if (left.EndsWith(Messages, StringComparison.OrdinalIgnoreCase)) return new Uri(left + baseUrl.Query);
        return new Uri(left + (left.EndsWith("/v1", StringComparison.OrdinalIgnoreCase) ? Messages : "/v1" + Messages) + baseUrl.Query);
    }
}
