using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Gemini.Tokens;

namespace Bifrost.Providers.Gemini;

/// <summary>Speaks the same models in Google's cloud, by access tokens.</summary>
public sealed class VertexDialect : IDialect
{
    /// <summary>Where models without a region are.</summary>
    public const string BaseUrl = "https://aiplatform.googleapis.com";

    private const int Unauthorized = 401;

    private readonly TimeProvider _time;
    private readonly ProviderLimits _limits;
    private readonly Upstreams _upstreams;
    private readonly Upstreams _express;
    private readonly AccessTokens _tokens;

    public VertexDialect(TimeProvider time, ProviderLimits limits)
    {
        (_time, _limits) = (time, limits);
        _upstreams = new Upstreams(limits, static provider => RouteTo(provider, "Authorization", "Bearer "));
        _express = new Upstreams(limits, static provider => RouteTo(provider, "x-goog-api-key", ""));
        _tokens = new AccessTokens(
            new HttpMessageInvoker(new SocketsHttpHandler
            {
                UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
            }),
            time);
    }

    public string Name => "vertex";

    public async Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (TryRefusals.Of(target, call) is { } refusal) return Failed(target, refusal);
        if (PlaceOf(target) is not { } place) return Failed(target, NoToken(target, "names no place: set vertex_key_config", isRefused: true));
        if (ModelPath.Of(call.Model) is not { } model || !model.StartsWith(ModelPath.Models, StringComparison.Ordinal))
            return Failed(target, ProviderFailures.NoSuchModel(target.Provider.Name));

        // Writing a long conversation anew takes longer than a grain's turn should.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var about = new RequestAbout(GeminiModels.Find(call.Model), new ToolNames(), new MapFindings(target.Provider)) { Place = GeminiPlace.Vertex };
        var request = RequestMap.Write(call, about);
        if (about.Findings.Failure is { } failure) return Failed(target, failure);
        var url = VertexPath.UrlOf(target.Provider.BaseUrl, place, model, call.Stream);
        if (place.Project.Length == 0) return await ExchangeAsync(target, _express).ConfigureAwait(false);
        var credential = target.Credential ?? "";
        for (var isAgain = false; ; isAgain = true)
        {
            var token = await TokenAsync(credential, place, call.Abort).ConfigureAwait(false);
            if (token is null) return Failed(target, ProviderFailures.Aborted());
            if (token.Value is null) return Failed(target, NoToken(target, token.Fault, token.IsRefused));
            var reply = await ExchangeAsync(With(target, token.Value), _upstreams).ConfigureAwait(false);

            // A token may be refused before its end; a fresh one is tried once.
            if (reply.Failure is not { Kind: FailureKind.KeyRejected, Status: Unauthorized }) return reply;
            _tokens.Forget(credential, place.TokenUrl, token.Value);
            if (isAgain) return reply;
        }

        Task<ProviderReply> ExchangeAsync(UpstreamTarget to, Upstreams upstreams) =>
            new GeminiExchange(to, call, upstreams.For(to.Provider), _limits, _time, url, about, request).RunAsync();
    }

    private static UpstreamRoute RouteTo(Provider provider, string header, string prefix) =>
        new(provider.BaseUrl, provider.BaseUrl, header, prefix) { TakesOpenAiHeaders = false };

    /// <summary>Null: the caller left.</summary>
    private async Task<AccessToken?> TokenAsync(string credential, VertexPlace place, CancellationToken left)
    {
        try
        {
            return await _tokens.GetAsync(credential, place.TokenUrl, left).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            return null;
        }
    }

    private static VertexPlace? PlaceOf(UpstreamTarget target)
    {
        foreach (var key in target.Provider.Keys)
            if (key.Id == target.KeyId) return key.Vertex;
        return null;
    }

    private static UpstreamTarget With(UpstreamTarget target, string token) => new()
    {
        Provider = target.Provider,
        KeyId = target.KeyId,
        Credential = token,
        RemainingMs = target.RemainingMs,
        Watcher = target.Watcher,
    };

    private static ProviderReply Failed(UpstreamTarget target, ProviderFailure failure) => new() { Failure = failure, KeyId = target.KeyId };

    private static ProviderFailure NoToken(UpstreamTarget target, string fault, bool isRefused) =>
        ProviderFailures.NoToken($"The credential '{target.KeyId}' of provider '{target.Provider.Name}' {fault}.", isRefused);
}
