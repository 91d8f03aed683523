using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.OpenAi;

/// <summary>Speaks to every OpenAI-style upstream; what differs between them is a row of <see cref="OpenAiProfiles"/>.</summary>
public sealed class OpenAiDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    private readonly Upstreams _upstreams = new(limits, RouteTo);

    public string Name => "openai";

    public Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call) => TryRefusals.Of(target, call) is { } refusal
        ? Task.FromResult(new ProviderReply { Failure = refusal, KeyId = target.KeyId })
        : new OpenAiExchange(target, call, _upstreams.For(target.Provider), limits, time).RunAsync();

    private static UpstreamRoute RouteTo(Provider provider)
    {
        var profile = OpenAiProfiles.Find(provider.Name);
        var plain = profile.ChatUrl(provider.BaseUrl, provider.ChatPath);
        return new UpstreamRoute(
            plain, provider.StreamPath is { } path ? profile.ChatUrl(provider.BaseUrl, path) : plain, profile.AuthHeader, profile.AuthPrefix);
    }
}
