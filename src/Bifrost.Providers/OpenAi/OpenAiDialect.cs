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

    public Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (TryRefusals.Of(target, call) is { } refusal) return Task.FromResult(new ProviderReply { Failure = refusal, KeyId = target.KeyId });
        var profile = OpenAiProfiles.Find(target.Provider.ProfileName);
        return profile.Request is { } rules
            ? SendByRulesAsync(target, call, profile, rules)
            : new OpenAiExchange(target, call, _upstreams.For(target.Provider), limits, time, profile.Answer).RunAsync();
    }

    private async Task<ProviderReply> SendByRulesAsync(UpstreamTarget target, ProviderCall call, OpenAiProfile profile, RequestRules rules)
    {
        // Writing a long conversation anew takes longer than a grain's turn should.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var findings = new MapFindings(target.Provider);
        var written = RequestMap.Write(call, rules, findings);
        if (findings.Failure is { } failure) return new ProviderReply { Failure = failure, KeyId = target.KeyId };
        var exchange = new OpenAiExchange(target, call, _upstreams.For(target.Provider), limits, time, profile.Answer, written);
        return await exchange.RunAsync().ConfigureAwait(false) with { Dropped = findings.Dropped };
    }

    private static UpstreamRoute RouteTo(Provider provider)
    {
        var profile = OpenAiProfiles.Find(provider.ProfileName);
        var plain = profile.ChatUrl(provider.BaseUrl, provider.ChatPath);
        return new UpstreamRoute(
            plain, provider.StreamPath is { } path ? profile.ChatUrl(provider.BaseUrl, path) : plain, profile.AuthHeader, profile.AuthPrefix);
    }
}
