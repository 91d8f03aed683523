using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>Speaks to every OpenAI-style upstream; what differs between them is a row of <see cref="OpenAiProfiles"/>.</summary>
public sealed class OpenAiDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    private readonly Upstreams _upstreams = new(limits);

    public string Name => "openai";

    public Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call) => Refusal(target, call) is { } refusal
        ? Task.FromResult(new ProviderReply { Failure = refusal, KeyId = target.KeyId })
        : new Exchange(target, call, _upstreams.For(target.Provider), limits, time).RunAsync();

    private static ProviderFailure? Refusal(UpstreamTarget target, ProviderCall call)
    {
        if (call.Abort.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested) return ProviderFailures.Aborted();
        if (target.RemainingMs <= 0) return ProviderFailures.Timeout($"No time was left to call provider '{target.Provider.Name}'.");
        return target.Credential is { } credential && HeaderPolicy.IsVirtualKey(credential)
            ? ProviderFailures.VirtualKeyAsCredential(target.Provider.Name)
            : null;
    }
}
