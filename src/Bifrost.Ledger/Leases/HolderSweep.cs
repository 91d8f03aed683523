using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The loop that has the store declare silent holders dead and put their leases in doubt, until a run finds less than the most it may do.
/// It owns nothing in memory and takes no lock: any process may sweep, and any number of them.
/// </summary>
internal sealed class HolderSweep(ILedgerStore store, LedgerOptions options, BookClock clock, BookLifetime life, ILogger log)
{
    public async Task RunAsync()
    {
        while (await life.PauseAsync(options.SweepEvery))
        {
            try
            {
                SweepReply swept;
                do
                {
                    var asked = store.SweepAsync(options.HolderGrace, life.Ending);
                    swept = await asked.WaitAsync(options.HeartbeatTimeout, clock.Provider, life.Ending);
                    if (swept.HoldersDied + swept.LeasesDoubted > 0) Log.Swept(log, swept.HoldersDied, swept.LeasesDoubted);
                }
                while (swept.LeasesDoubted >= LedgerLimits.SweepLeasesMax);
            }
            catch (Exception e)
            {
                if (!life.Finished) Log.SweepFailed(log, e);
            }
        }
    }
}
