namespace Bifrost.Ledger.Leases;

/// <summary>
/// The loop that ends leases, waits and holds whose time is over, under the book's lock, and wakes the sender when that leaves commands.
/// Nothing outlives its time by more than <see cref="LedgerOptions.TickEvery"/>.
/// </summary>
internal sealed class LeaseTicker(LedgerOptions options, LeaseTable table, BatchSignal batches, BookClock clock, BookLifetime life)
{
    public async Task RunAsync()
    {
        while (await life.PauseAsync(options.TickEvery))
        {
            bool work;
            lock (table.Guard)
            {
                table.Ends.Tick(clock.Now);
                work = table.Batches.HasWork;
            }

            if (work) batches.SetWork();
        }
    }
}
