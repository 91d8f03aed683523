using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Keys.Contracts;

namespace Bifrost.Admin.Governance;

/// <summary>Asks a virtual key's grain what it counts. Numbers for people: without an answer in time they are left out.</summary>
internal sealed class LiveKeys(IGrainFactory grains, AdminOptions options, TimeProvider time)
{
    public async Task<LiveUse?> StatusAsync(string virtualKeyId)
    {
        try
        {
            var status = await grains.GetGrain<IVirtualKeyGrain>(virtualKeyId).Status()
                .WaitAsync(TimeSpan.FromMilliseconds(options.GrainWaitMs), time);
            var windows = status.RateLimits;
            return new LiveUse(
                status.CallsInFlight, windows?.LimitRequests - windows?.RemainingRequests, windows?.LimitTokens - windows?.RemainingTokens);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }
}
