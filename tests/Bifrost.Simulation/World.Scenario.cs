using System.Collections.Immutable;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Simulation;

internal sealed partial class World
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(40);
    /// <summary>How late a delivery may still arrive.</summary>
    public const int LateMsMax = 8_000;

    /// <summary>The last late heartbeat of a dead silo, its time to live, the grace, a sweep.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(LateMsMax + 14_000);

    private static readonly string[] Keys = ["k1", "k2", "k3"];

    /// <summary>Chains that overlap in every way, and none.</summary>
    private static readonly BudgetChain[] Chains =
    [
        Chain("b1", "b2"), Chain("b1", "b2", "b3"), Chain("b2", "b3", "b4"), Chain("b1", "b4"), BudgetChain.Empty,
    ];

    private static readonly WindowPeriod[] Periods =
    [
        new(7, PeriodUnit.Second, false), new(1, PeriodUnit.Month, true), new(20, PeriodUnit.Second, false), new(1, PeriodUnit.Hour, false),
    ];

    private readonly bool _releases;
    private bool _trouble = true;

    private async Task ScenarioAsync()
    {
        await Store.ApplyAsync(
            new LedgerCatalogChange
            {
                Budgets = Enumerable.Range(0, 4).Select(i => Budget(i, Random.Next(50, 3_000))).ToImmutableArray(),
                Keys = Keys.Select(k => new KeyState(k, true)).ToImmutableArray(),
            },
            default);
        for (var i = 0; i < 3; i++) AddSilo();
        Observe(OperateAsync());
        Observe(ChangeWeatherAsync());

        var calls = Random.Next(150, 400);
        for (var i = 0; i < calls; i++)
        {
            if (_silos.Count > 0) Observe(CallAsync(Pick(_silos), Pick(Keys), Pick(Chains)));
            if (Random.Next(4) == 0) await Task.Delay(Ms(1, 400), Clock);
        }

        _trouble = false;
        _crashChance = 0;
        foreach (var silo in SiloOfHolder.Values.Concat(_silos)) silo.Weather = Weather.Calm;
        await Task.Delay(Settling, Clock);
        await ProbeAsync();
        await Task.Delay(LongestCall + TimeSpan.FromSeconds(30), Clock);
        await CheckQuietAsync();
        CheckMoney();
    }

    private async Task ChangeWeatherAsync()
    {
        while (_trouble)
        {
            if (_silos.Count > 0) Pick(_silos).Weather = (Weather)Random.Next(4);
            await Task.Delay(Ms(100, 4_000), Clock);
        }
    }

    /// <summary>Limits move, keys are revoked and come back, silos are killed and stopped, doubt is released, corrections are booked.</summary>
    private async Task OperateAsync()
    {
        while (_trouble)
        {
            await Task.Delay(Ms(100, 3_000), Clock);
            if (!_trouble) break;
            switch (Random.Next(9))
            {
                case 0 or 1:
                    Apply(new LedgerCatalogChange { Budgets = [Budget(Random.Next(4), Random.Next(0, 3_000))] });
                    break;
                case 2 or 3:
                    await RevokeAsync(Pick(Keys));
                    break;
                case 4 when _silos.Count > 1:
                    Kill(Pick(_silos));
                    break;
                case 5 when _silos.Count > 1:
                    Observe(RestartAsync(Pick(_silos)));
                    break;
                case 6 when _releases:
                    Release();
                    break;
                case 7:
                    Adjust();
                    break;
            }
        }

        foreach (var key in Keys) Restore(key);
    }

    private async Task RestartAsync(Silo silo)
    {
        _silos.Remove(silo);
        foreach (var bill in _bills.Where(bill => bill.Silo == silo && bill.Running && Random.Next(4) > 0))
        {
            silo.Book.Leave(bill.AttemptId);
            bill.Moved = true;
        }

        await silo.StopAsync();
        AddSilo();
    }

    /// <summary>Revokes a key and waits for the barrier as an admin call would; from then on nobody may be admitted with it.</summary>
    private async Task RevokeAsync(string key)
    {
        var version = Apply(new LedgerCatalogChange { Keys = [new KeyState(key, false)] });
        for (var waited = 0; waited < 200; waited++)
        {
            if (Transact(() => Store.IsTakenAsync(version, default)))
            {
                _revokedAt[key] = Clock.GetUtcNow();
                await Task.Delay(Ms(0, 6_000), Clock);
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), Clock);
        }

        Restore(key);
    }

    private void Restore(string key)
    {
        _revokedAt.Remove(key);
        Apply(new LedgerCatalogChange { Keys = [new KeyState(key, true)] });
    }

    /// <summary>Gives the doubt of one lease up; the store refuses while a call of it may still tell.</summary>
    private void Release()
    {
        var doubted = Store.Leases.Values.FirstOrDefault(l => l.State == LeaseState.Doubt);
        if (doubted is null) return;
        if (Transact(() => Store.ReleaseAsync(doubted.Id, LongestCall, default)) == ReleaseReply.Released) _released.Add(doubted.Id);
    }

    /// <summary>Corrects a closed lease, up or down.</summary>
    private void Adjust()
    {
        var closed = Store.Leases.Values.FirstOrDefault(l => l.State == LeaseState.Closed && l.SettledNanos > 0);
        if (closed is null) return;
        var entry = EntryOf(NewId(), closed.Id, Random.Next(-5, 10)) with { Kind = LedgerEntryKind.Adjust, Reason = "counted again" };
        Transact(() => Store.AdjustAsync(entry, default));
    }

    private long Apply(LedgerCatalogChange change) => Transact(() => Store.ApplyAsync(change, default));

    private T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];

    private static BudgetDefinition Budget(int i, long limit) => new()
    {
        Id = "b" + (i + 1),
        Level = BudgetLevel.Team,
        OwnerId = "t" + i,
        Period = Periods[i],
        LimitNanos = limit,
    };

    private static BudgetChain Chain(params string[] ids) => BudgetChain.Of(ids.Select(id => new ChainBudget(id, BudgetLevel.Team, id)));
}
