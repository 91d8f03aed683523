using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.Responses;

/// <summary>Speaks OpenAI's responses API, for models that do not take chat completions, or not all of them.</summary>
public sealed class ResponsesDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    private readonly Upstreams _upstreams = new(limits, RouteTo);

    public string Name => "responses";

    public async Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (TryRefusals.Of(target, call) is { } refusal) return new ProviderReply { Failure = refusal, KeyId = target.KeyId };

        // Writing a long conversation anew takes longer than a grain's turn should.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var findings = new MapFindings(target.Provider);
        var request = RequestMap.Write(call, findings);
        if (findings.Failure is { } failure) return new ProviderReply { Failure = failure, KeyId = target.KeyId };
        var exchange = new ResponsesExchange(target, call, _upstreams.For(target.Provider), limits, time, request, findings.Dropped);
        return await exchange.RunAsync().ConfigureAwait(false);
    }

    private static UpstreamRoute RouteTo(Provider provider)
    {
        var url = UrlOf(provider.BaseUrl);
        return new UpstreamRoute(url, url, "Authorization", "Bearer ");
    }

    /// <summary>An address that names the version or the whole path already gets neither a second time.</summary>
    private static Uri UrlOf(Uri baseUrl)
    {
        const string Path = "/responses";
        var left = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (left.EndsWith(Path, StringComparison.OrdinalIgnoreCase)) return new Uri(left + baseUrl.Query);
        return new Uri(left + (left.EndsWith("/v1", StringComparison.OrdinalIgnoreCase) ? Path : "/v1" + Path) + baseUrl.Query);
    }
}
