using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.Gemini;

/// <summary>Speaks the Gemini API, by a key.</summary>
public sealed class GeminiDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    /// <summary>Where it is.</summary>
    public const string BaseUrl = "https://generativelanguage.googleapis.com";

    private readonly Upstreams _upstreams = new(limits, RouteTo);

    public string Name => "gemini";

    public async Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (TryRefusals.Of(target, call) is { } refusal) return new ProviderReply { Failure = refusal, KeyId = target.KeyId };
        if (ModelPath.Of(call.Model) is not { } model)
            return new ProviderReply { Failure = ProviderFailures.NoSuchModel(target.Provider.Name), KeyId = target.KeyId };

        // Writing a long conversation anew takes longer than a grain's turn should.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var upstream = _upstreams.For(target.Provider);
        var about = new RequestAbout(GeminiModels.Find(call.Model), new ToolNames(), new MapFindings(target.Provider));
        var request = RequestMap.Write(call, about);
        if (about.Findings.Failure is { } failure) return new ProviderReply { Failure = failure, KeyId = target.KeyId };
        var url = ModelPath.UrlOf(call.Stream ? upstream.Route.StreamUrl : upstream.Route.ChatUrl, model, call.Stream);
        return await new GeminiExchange(target, call, upstream, limits, time, url, about, request).RunAsync().ConfigureAwait(false);
    }

    private static UpstreamRoute RouteTo(Provider provider) => new(
        ModelPath.Root(provider.BaseUrl, provider.ChatPath), ModelPath.Root(provider.BaseUrl, provider.StreamPath ?? provider.ChatPath), "x-goog-api-key", "")
    {
        TakesOpenAiHeaders = false,
    };
}
