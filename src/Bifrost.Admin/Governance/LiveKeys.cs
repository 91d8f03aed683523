using Bifrost.Admin.Http;
using Bifrost.Keys.Contracts;

namespace Bifrost.Admin.Governance;

/// <summary>Asks a virtual key's grain what it counts. Numbers for people: without an answer in time they are left out.</summary>
internal sealed class LiveKeys(IGrainFactory grains, AdminOptions options, TimeProvider time)
{
    public async Task<VirtualKeyStatus?> StatusAsync(string virtualKeyId)
    {
        try
        {
            return await grains.GetGrain<IVirtualKeyGrain>(virtualKeyId).Status()
                .WaitAsync(TimeSpan.FromMilliseconds(options.GrainWaitMs), time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }
}
