using System.Diagnostics.Metrics;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Metrics;

/// <summary>
/// What is spent and held of budgets, as the store has it: of the first so many only, since each has series of its own, and of none unless the
/// settings say how many. The store is asked before a scrape, at most every so often, once at a time. Thread-safe.
/// </summary>
public sealed class BudgetGauges
{
    private readonly ILedgerStore _store;
    private readonly ICatalog _catalog;
    private readonly TimeProvider _time;
    private readonly BudgetGaugeOptions _options;
    private readonly Lock _gate = new();

    // Under _gate.
    private Task _reading = Task.CompletedTask;
    private long? _readAt;

    private volatile IReadOnlyList<Shown> _shown = [];
    private long _unshown;

    public BudgetGauges(ILedgerStore store, ICatalog catalog, BudgetGaugeOptions options, TimeProvider time, IMeterFactory meters)
    {
        (_store, _catalog, _options, _time) = (store, catalog, options, time);
        if (options.BudgetsMax == 0) return;
        var meter = meters.Create("Bifrost.Budgets");
        Gauge("bifrost.budget.limit.nanos", "What may be spent in the budget's window, in nano-dollars.", static numbers => numbers.LimitNanos);
        Gauge("bifrost.budget.posted.nanos", "What is booked in the budget's window, in nano-dollars.", static numbers => numbers.PostedNanos);
        Gauge("bifrost.budget.leased.nanos", "What silos hold of the budget, in nano-dollars.", static numbers => numbers.LeasedNanos);
        Gauge("bifrost.budget.doubt.nanos", "What is in doubt of the budget, in nano-dollars.", static numbers => numbers.DoubtNanos);
        meter.CreateObservableGauge("bifrost.budgets.unshown", () => Volatile.Read(ref _unshown), "{budget}", "Budgets without series of their own.");

        void Gauge(string name, string help, Func<BudgetNumbers, long> value) => meter.CreateObservableGauge(
            name, () => _shown.Select(one => new Measurement<long>(value(one.Numbers), one.Labels)), "{nano_usd}", help);
    }

    /// <summary>Sees to it that the figures are fresh, if the store answers in time; else the last ones are shown.</summary>
    public async Task RefreshAsync(CancellationToken left)
    {
        if (_options.BudgetsMax == 0) return;
        Task reading;
        lock (_gate)
        {
            if (_reading.IsCompleted && !(_readAt is { } at && _time.GetElapsedTime(at) < _options.Every)) _reading = ReadAsync();
            reading = _reading;
        }

        try
        {
            await reading.WaitAsync(_options.WaitMax, _time, left);
        }
        catch (TimeoutException)
        {
            // Shown as they were.
        }
    }

    private async Task ReadAsync()
    {
        await Task.Yield();
        try
        {
            var all = BudgetsOf(_catalog.Current).DistinctBy(static one => one.Budget.Id, StringComparer.Ordinal).ToList();
            var some = all.Take(_options.BudgetsMax).ToDictionary(static one => one.Budget.Id, StringComparer.Ordinal);
            var numbers = some.Count == 0 ? [] : await _store.ReadBudgetsAsync([.. some.Keys], CancellationToken.None);
            _shown = [.. numbers.Select(one => new Shown(one, LabelsOf(some[one.BudgetId])))];
            Volatile.Write(ref _unshown, all.Count - some.Count);
        }
        catch (Exception)
        {
            // Whether the store is there has a metric of its own.
        }

        lock (_gate) _readAt = _time.GetTimestamp();
    }

    /// <summary>Those that most callers share go first.</summary>
    private static IEnumerable<(Budget Budget, string Level, string Owner)> BudgetsOf(CatalogSnapshot catalog)
    {
        foreach (var limit in catalog.GlobalLimits)
        {
            foreach (var budget in limit.Budgets)
                yield return limit.Model == "*" ? (budget, "provider", limit.Provider) : (budget, "model", $"{limit.Provider}/{limit.Model}");
        }

        foreach (var customer in catalog.Customers.Values.OrderBy(static one => one.Id, StringComparer.Ordinal))
            foreach (var budget in customer.Budgets) yield return (budget, "customer", customer.Name);
        foreach (var team in catalog.Teams.Values.OrderBy(static one => one.Id, StringComparer.Ordinal))
            foreach (var budget in team.Budgets) yield return (budget, "team", team.Name);
        foreach (var key in catalog.VirtualKeys.Values.OrderBy(static one => one.Id, StringComparer.Ordinal))
        {
            foreach (var budget in key.Budgets) yield return (budget, "virtual_key", key.Name);
            foreach (var config in key.Providers)
                foreach (var budget in config.Budgets) yield return (budget, "key_provider", $"{key.Name} at {config.Provider}");
        }
    }

    private static KeyValuePair<string, object?>[] LabelsOf((Budget Budget, string Level, string Owner) one) =>
        [new("level", one.Level), new("owner", one.Owner), new("budget", one.Budget.Id)];

    private sealed record Shown(BudgetNumbers Numbers, KeyValuePair<string, object?>[] Labels);
}

/// <summary>How many budgets have series, and how often they are read.</summary>
public sealed record BudgetGaugeOptions
{
    /// <summary>0: none.</summary>
    public int BudgetsMax { get; init; }

    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(2);
}
