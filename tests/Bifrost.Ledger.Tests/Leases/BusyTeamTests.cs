using System.Collections.Immutable;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>
/// A thousand busy keys of one team that nears its limit, each with a budget of its own, so that each has a chain and credit of its own. In
/// the product's clock: a real server would measure the machine.
/// </summary>
public sealed class BusyTeamTests
{
    private const int Keys = 1_000;
    private const long NeedNanos = 1_000;
    private const long TeamLimit = 8_000 * NeedNanos;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _clock = new();
    private readonly InMemoryLedgerStore _store;
    private readonly Random _random = new(20_260_101);
    private readonly List<Caller> _callers = [];
    private long _heldNanos;
    private long _spentNanos;
    private TimeSpan _now;

    public BusyTeamTests() => _store = new InMemoryLedgerStore(_clock) { Committed = new LedgerInvariants().Check };

    /// <summary>
    /// Payable is a call that fits beside what was spent and what running calls hold. What refuses it is credit that lies idle in other
    /// chains: a silo takes its own back and keeps none while the budget is short; another silo that has seen no refusal yet gives its own back
    /// after three idle seconds, and the next try comes a second later.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nobody_with_a_payable_call_is_refused_for_long(int silos)
    {
        var budgets = Enumerable.Range(0, Keys).Select(i => TableRig.Budget($"key{i}", TeamLimit)).Append(TableRig.Budget("team", TeamLimit));
        TableRig.Finished(_store.ApplyAsync(new LedgerCatalogChange { Budgets = [.. budgets] }, default));
        var rigs = Enumerable.Range(0, silos).Select(i => new TableRig(store: _store, clock: _clock, silo: (short)i)).ToList();
        for (var i = 0; i < Keys; i++) _callers.Add(new Caller(rigs[i % silos], ChainOf(i)));

        while (_callers.Exists(caller => !caller.Done))
        {
            _clock.Advance(s_tick);
            _now += s_tick;
            Assert.True(_now < TimeSpan.FromMinutes(5), "they never come to an end");
            foreach (var rig in rigs)
            {
                if (_now.Milliseconds == 0) rig.Beat();
                rig.Table.Ends.Tick(rig.Now);
            }

            foreach (var caller in _callers) Step(caller);
            for (var more = true; more;)
            {
                more = false;
                foreach (var rig in rigs) more |= rig.Run() > 0;
            }

            foreach (var caller in _callers) Look(caller);
        }

        var team = TableRig.Finished(_store.ReadBudgetsAsync(["team"], default))[0];
        Assert.Equal(_spentNanos, team.PostedNanos);
        Assert.InRange(team.PostedNanos, TeamLimit - NeedNanos + 1, TeamLimit);
        Assert.True(_callers.Sum(caller => caller.Refusals) > Keys, "they never ran against the limit");
        Assert.InRange(_callers.Max(caller => caller.LongestRefusal).TotalSeconds, 0, silos == 1 ? 1 : 3);
    }

    private static BudgetChain ChainOf(int key) =>
        BudgetChain.Of([new ChainBudget("team", BudgetLevel.Team, "acme"), new ChainBudget($"key{key}", BudgetLevel.VirtualKey, "bot")]);

    /// <summary>Ends a call whose time has come, or makes the next one.</summary>
    private void Step(Caller caller)
    {
        if (caller.Done || caller.Waiter is not null || _now < caller.NextAt) return;
        if (caller.Running is { } attempt)
        {
            var cost = _random.NextInt64(NeedNanos / 5, NeedNanos + 1);
            _ = caller.Rig.Post(attempt, cost);
            _spentNanos += cost;
            _heldNanos -= NeedNanos;
            caller.Running = null;
        }

        caller.Attempt = caller.Rig.NewId();
        if (caller.Rig.Ask(NeedNanos, caller.Chain, caller.Attempt) is { } reply) Take(caller, reply);
        else caller.Waiter = caller.Rig.LastWaiter;
    }

    private void Look(Caller caller)
    {
        if (caller.Waiter is not { Answer.Task.IsCompleted: true } waiter) return;
        caller.Waiter = null;
        Take(caller, TableRig.Finished(waiter.Answer.Task));
    }

    private void Take(Caller caller, HoldReply reply)
    {
        if (reply.Refusal is { } refusal)
        {
            caller.Done = refusal.Reason == RefusalReason.BudgetExceeded;
            if (caller.Done) return;
            Assert.Equal(RefusalReason.BudgetHeld, refusal.Reason);
            caller.Refused(_now, isPayable: _spentNanos + _heldNanos + NeedNanos <= TeamLimit);
            caller.NextAt = _now + TimeSpan.FromMilliseconds(refusal.RetryAfterMs!.Value);
            return;
        }

        caller.Paid(_now);
        caller.Running = caller.Attempt;
        _heldNanos += NeedNanos;
        caller.NextAt = _now + TimeSpan.FromMilliseconds(_random.Next(200, 3_000));
    }

    private sealed class Caller(TableRig rig, BudgetChain chain)
    {
        private TimeSpan? _refusedSince;

        public TableRig Rig { get; } = rig;
        public BudgetChain Chain { get; } = chain;
        public Guid Attempt { get; set; }
        public Guid? Running { get; set; }
        public Attempt? Waiter { get; set; }
        public TimeSpan NextAt { get; set; }
        public bool Done { get; set; }
        public int Refusals { get; private set; }
        public TimeSpan LongestRefusal { get; private set; }

        public void Refused(TimeSpan now, bool isPayable)
        {
            Refusals++;
            if (!isPayable)
            {
                _refusedSince = null;
                return;
            }

            _refusedSince ??= now;
            Count(now);
        }

        public void Paid(TimeSpan now)
        {
            Count(now);
            _refusedSince = null;
        }

        private void Count(TimeSpan now)
        {
            if (now - _refusedSince is { } refused && refused > LongestRefusal) LongestRefusal = refused;
        }
    }
}
