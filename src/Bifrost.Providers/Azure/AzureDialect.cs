using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Azure;

/// <summary>
/// Speaks OpenAI's protocol to deployments of models in Azure resources: each provider key has an address of its own, and a key or a token of Entra
/// opens it.
/// </summary>
public sealed class AzureDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    private readonly Upstreams _upstreams = new(limits, RouteTo);
    private readonly EntraTokens _tokens = new(time);

    public string Name => "azure";

    public Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        var resource = ResourceOf(target);
        var deployment = resource.DeploymentOf(call.Model);
        if (TryRefusals.Of(target, call) is { } refusal) return Task.FromResult(Failed(target, refusal));
        if (AzureAddress.Of(resource, deployment, target.Provider.ChatPath) is not { } plain)
            return Task.FromResult(Failed(target, ProviderFailures.NoSuchModel(target.Provider.Name, call.Model)));
        var stream = target.Provider.StreamPath is { } path ? AzureAddress.Of(resource, deployment, path)! : plain;
        var upstream = _upstreams.For(target.Provider);
        var body = AzureAddress.NamesDeployment(resource) || deployment == call.Model ? default : ModelEdit.Rename(call, deployment);
        return resource.Client is { } client && target.Key is not null
            ? SendWithTokenAsync(client)
            : SendAsync(target, upstream.At(upstream.Route with { ChatUrl = plain, StreamUrl = stream }));

        async Task<ProviderReply> SendWithTokenAsync(EntraClient entra)
        {
            var (token, failure) = await _tokens.GetAsync(target, entra, upstream.Connections.Kept, call.Abort, call.AbortUnsent).ConfigureAwait(false);
            if (failure is not null) return Failed(target, failure);
            var route = upstream.Route with { ChatUrl = plain, StreamUrl = stream, AuthHeader = "Authorization", AuthPrefix = "Bearer " };
            var reply = await SendAsync(target.With(token!), upstream.At(route)).ConfigureAwait(false);
            if (reply.Failure is { Kind: FailureKind.KeyRejected, Status: 401 }) _tokens.Forget(entra, token!);
            return reply;
        }

        async Task<ProviderReply> SendAsync(UpstreamTarget to, Upstream by)
        {
            var reply = await new AzureExchange(to, call, by, limits, time, body).RunAsync().ConfigureAwait(false);
            return reply with { Deployment = deployment };
        }
    }

    /// <summary>Where the key belongs; a caller's own credential goes to the resource of the first key.</summary>
    private static AzureResource ResourceOf(UpstreamTarget target)
    {
        var key = target.Key ?? (target.Provider.Keys.IsEmpty ? null : target.Provider.Keys[0]);
        return key?.Azure ?? new AzureResource { Endpoint = target.Provider.BaseUrl };
    }

    private static ProviderReply Failed(UpstreamTarget target, ProviderFailure failure) => new() { Failure = failure, KeyId = target.KeyId };

    private static UpstreamRoute RouteTo(Provider provider) => new(provider.BaseUrl, provider.BaseUrl, "api-key", "") { TakesOpenAiHeaders = false };
}
