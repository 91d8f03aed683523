using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Azure;

/// <summary>OpenAI's exchange, whose streams tell of filters.</summary>
internal sealed class AzureExchange(
    UpstreamTarget target, ProviderCall call, Upstream upstream, ProviderLimits limits, TimeProvider time, ReadOnlyMemory<byte> written)
    : OpenAiExchange(target, call, upstream, limits, time, written: written)
{
    protected override UpstreamStream StreamOf(Stream body) => new AzureStream(Target, Response, body, Timer, Limits);
}
