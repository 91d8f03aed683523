using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

internal sealed partial class World
{
    private readonly Dictionary<string, DateTimeOffset> _revokedAt = [];
    private readonly List<Bill> _bills = [];

    /// <summary>One call from its decision to its durable entry, as a key's activation on this silo would make it.</summary>
    private async Task CallAsync(Silo silo, string key, BudgetChain chain)
    {
        var attemptId = NewId();
        var need = Random.Next(12) == 0 ? Random.Next(0, 400) : Random.Next(5, 60);
        var least = Random.Next(2) == 0 ? need : Math.Max(Math.Min(1, need), need / Random.Next(2, 13));
        var reply = await HoldAsync(silo, attemptId, key, chain, need, least);
        if (reply is not { Admitted: true } held || silo.Dead)
        {
            Refused++;
            return;
        }

        var bill = new Bill { AttemptId = attemptId, LeaseId = held.LeaseId, HoldNanos = held.HeldNanos, Silo = silo };
        _bills.Add(bill);
        var longCall = Random.Next(8) == 0;
        await Task.Delay(Ms(0, longCall ? 35_000 : 2_000), Clock);
        bill.CostNanos = CostOf(chain.IsEmpty ? need : held.HeldNanos, mayExceed: least == need);
        await SettleAsync(bill);
    }

    /// <summary>A call whose limit was lowered to its hold costs no more than that; another may be dearer than was thought.</summary>
    private long CostOf(long bound, bool mayExceed) => Random.Next(10) switch
    {
        0 when mayExceed => bound + Random.Next(1, 40),
        < 5 => bound,
        _ => Random.NextInt64(0, bound + 1),
    };

    private async Task<HoldReply?> HoldAsync(Silo silo, Guid attemptId, string key, BudgetChain chain, long need, long least)
    {
        for (var tries = 0; tries < 3 && !silo.Dead; tries++)
        {
            var (version, keys) = silo.Catalog;
            if (!keys.Contains(key)) return null;

            // Between the decision and the hold an activation may wait for something; meanwhile the catalog moves on.
            if (Random.Next(4) == 0) await Task.Delay(Ms(0, 1_500), Clock);
            if (silo.Dead) return null;
            using var leave = Random.Next(8) == 0 ? new CancellationTokenSource(Ms(1, 900), Clock) : new CancellationTokenSource();
            try
            {
                var request = new HoldRequest(attemptId, chain, key, need, version) { LeastNanos = least };
                var asked = silo.Book.HoldAsync(request, leave.Token);
                var again = Random.Next(20) == 0 ? silo.Book.HoldAsync(request, default).AsTask() : null;
                var reply = await asked;
                if (again is not null && reply != await again) Fail("a repeated hold answers otherwise");
                if (reply.Admitted) CheckAdmitted(silo, key, request, reply);
                else CheckRefused(request, reply);
                if (!reply.Stale) return reply;
            }
            catch (OperationCanceledException)
            {
                // The caller left while waiting, or its repetition was admitted: it ends the attempt either way.
                if (!silo.Dead) await PostUntilDurableAsync(silo, EntryOf(attemptId, null, 0));
                return null;
            }
        }

        return null;
    }

    private async Task SettleAsync(Bill bill)
    {
        var entry = EntryOf(bill.AttemptId, bill.LeaseId == Guid.Empty ? null : bill.LeaseId, bill.CostNanos) with { HoldNanos = bill.HoldNanos };
        var home = bill.Silo;
        if (bill.Moved)
        {
            // Its silo stopped in order while it ran elsewhere.
            while (_silos.Count == 0 || !await TryPostAsync(Pick(_silos), entry)) await Task.Delay(Ms(10, 500), Clock);
            bill.Running = false;
            return;
        }

        if (Random.Next(30) == 0 && _silos.Count > 0)
        {
            // The activation has moved: another silo is told first.
            var other = Pick(_silos);
            if (other != home && !home.Dead)
            {
                bill.Strayed = true;
                if (Random.Next(2) == 0) home.Book.Leave(bill.AttemptId);
                var posted = await TryPostAsync(other, entry);
                if (Random.Next(2) == 0) await Task.Delay(Ms(0, 2_000), Clock);
                home.Book.Leave(bill.AttemptId);
                bill.Running = false;
                if (posted) return;
            }
        }

        if (Random.Next(10) == 0 && !home.Dead) Observe(TryPostAsync(home, entry));
        bill.Lost = !await PostUntilDurableAsync(home, entry);
        bill.Running = false;
    }

    /// <summary>The caller repeats until the entry is durable or its process is gone.</summary>
    private async Task<bool> PostUntilDurableAsync(Silo silo, LedgerEntry entry)
    {
        while (!silo.Dead)
        {
            if (await TryPostAsync(silo, entry)) return true;
            await Task.Delay(Ms(10, 500), Clock);
        }

        return false;
    }

    private static async Task<bool> TryPostAsync(Silo silo, LedgerEntry entry)
    {
        try
        {
            await silo.Book.PostAsync(entry);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private void CheckAdmitted(Silo silo, string key, in HoldRequest request, in HoldReply reply)
    {
        Admitted++;
        if (!request.Chain.IsEmpty)
        {
            if (reply.HeldNanos < request.LeastNanos || reply.HeldNanos > request.NeedNanos)
                Fail($"held {reply.HeldNanos} of a call that needs {request.NeedNanos}, at least {request.LeastNanos}");
            if (reply.HeldNanos < request.NeedNanos) HeldShort++;
        }

        var now = Clock.GetUtcNow();
        if (now >= silo.LastBeatSent + LedgerLimits.HolderTtl && !silo.Dead) Fail("admitted later than 5 s after the last heartbeat was sent");
        if (_revokedAt.TryGetValue(key, out var revoked) && now > revoked && !silo.Dead) Fail("admitted with a key after its revocation returned");
    }

    /// <summary>A refusal for lack of credit says what would have fitted: for a 402, less than the least.</summary>
    private void CheckRefused(in HoldRequest request, in HoldReply reply)
    {
        if (reply.Refusal?.Reason == RefusalReason.BudgetExceeded && reply.FitsNanos >= Math.Max(1, request.LeastNanos))
            Fail($"refused for good although {reply.FitsNanos} are left and {request.LeastNanos} would do");
    }

    private Guid NewId() => Guid.CreateVersion7(Clock.GetUtcNow());

    private static LedgerEntry EntryOf(Guid attemptId, Guid? leaseId, long cost) => new()
    {
        AttemptId = attemptId,
        LeaseId = leaseId,
        Kind = LedgerEntryKind.Settle,
        VirtualKeyId = "k",
        Provider = "sim",
        Model = "m",
        RequestId = "r",
        CostNanos = cost,
    };
}
