using Bifrost.Core.Providers;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>Speaks to every OpenAI-style upstream; what differs between them is a row of <see cref="OpenAiProfiles"/>.</summary>
public sealed class OpenAiDialect(TimeProvider time, ProviderLimits limits) : IDialect
{
    private readonly Upstreams _upstreams = new(limits);

    public string Name => "openai";

    public async Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        if (Refusal(target, call) is { } refusal) return new ProviderReply { Failure = refusal, KeyId = target.KeyId };

        // Making and writing the request is work, and the caller's thread is a grain's.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await new Exchange(target, call, _upstreams.For(target.Provider), limits, time).RunAsync().ConfigureAwait(false);
    }

    private static ProviderFailure? Refusal(UpstreamTarget target, ProviderCall call)
    {
        if (call.Abort.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested) return ProviderFailures.Aborted();
        if (target.RemainingMs <= 0) return ProviderFailures.Timeout($"No time was left to call provider '{target.Provider.Name}'.");
        if (target.Credential is { } credential && HeaderPolicy.IsVirtualKey(credential)) return ProviderFailures.VirtualKeyAsCredential(target.Provider.Name);
        return null;
    }
}
