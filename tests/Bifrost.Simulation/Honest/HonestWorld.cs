using System.Collections.Frozen;
using System.Collections.Immutable;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Simulation.Honest;

/// <summary>
/// One seeded run of honest callers against the rest of a budget: the product's admission of keys and its lease books on the in-memory store,
/// on one thread and one clock. A caller makes one call after the other, tries again when it is told to, and gives up after four 402 in a row.
/// </summary>
internal sealed class HonestWorld
{
    private const string Provider = "p";
    private const string Model = "m";
    private const int ExceededMax = 4;
    private const double ThinkSeconds = 8;

    /// <summary>Long enough for every case; a run that takes longer throws.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(48);

    private static readonly WindowPeriod s_period = new(1, PeriodUnit.Year, CalendarAligned: false);
    private static readonly ImmutableArray<byte> s_secretHash = [.. new byte[32]];

    private readonly HonestCase _case;
    private readonly Random _random;
    private readonly SimContext _context;
    private readonly SimClock _clock = new();
    private readonly InMemoryLedgerStore _store;
    private readonly CatalogHolder _catalog = new();
    private readonly BrokenBounds _brokenBounds;
    private readonly long _leftNanos;
    private HonestFigures _figures;
    private long _spentNanos;

    /// <summary>What the running calls will cost.</summary>
    private long _runningNanos;

    private HonestWorld(HonestCase of, int seed)
    {
        (_case, _random, _context) = (of, new Random(seed), new SimContext(new Random(seed)));
        _store = new InMemoryLedgerStore(_clock);
        _brokenBounds = new BrokenBounds(_catalog, _clock);
        _leftNanos = (long)(of.LeftUsd * Nanos.PerUsd);
        _figures = new HonestFigures { LimitNanos = (long)(of.LimitUsd * Nanos.PerUsd) };
    }

    /// <summary>Runs a case; throws where a budget with bounds is overspent or a call costs more than it held.</summary>
    public static HonestFigures Run(HonestCase of, int seed)
    {
        var world = new HonestWorld(of, seed);
        world._context.Run(world.ScenarioAsync, world._clock, s_longest, () => { }, what => new LedgerBrokenException(what));
        return world._figures;
    }

    private long StartNanos => _figures.LimitNanos - _leftNanos;

    private async Task ScenarioAsync()
    {
        var start = _clock.GetUtcNow();
        Publish();
        var stores = Enumerable.Range(0, _case.Silos).Select(_ => new HonestStore(_store, _clock)).ToArray();
        var books = stores.Select(store => new LeaseBook(store, new LedgerOptions(), _clock, NullLogger<LeaseBook>.Instance)).ToArray();
        foreach (var book in books)
        {
            await book.StartAsync(default);
            book.TakeCatalog(_store.CatalogVersion, _ => true);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), _clock);
        await Task.WhenAll(Enumerable.Range(0, _case.Keys).Select(key => CallAsync(key, books[key % books.Length], start)));
        _figures = _figures with
        {
            SpentNanos = StartNanos + _spentNanos,
            SpentAtFirst402Nanos = _figures.SpentAtFirst402Nanos == 0 ? StartNanos + _spentNanos : _figures.SpentAtFirst402Nanos,
            Acquires = stores.Sum(store => store.Acquires),
        };
        foreach (var book in books) await book.StopAsync(default);
        var budget = _store.Budgets["team"];
        Must(budget.PostedNanos == _spentNanos, $"{budget.PostedNanos} posted, {_spentNanos} spent");
        Must(_case.Admission == AdmissionRule.Estimate || _spentNanos <= _leftNanos, $"{_spentNanos} spent of {_leftNanos}");
    }

    private void Publish()
    {
        var team = new Budget { Id = "team", LimitNanos = _leftNanos, Period = s_period, Admission = _case.Admission };
        var own = Enumerable.Range(0, _case.Keys)
            .Select(key => new Budget { Id = $"k{key}", LimitNanos = 1_000_000 * Nanos.PerUsd, Period = s_period, Admission = _case.Admission }).ToArray();
        var budgets = own.Append(team).Select(budget => new BudgetDefinition
        {
            Id = budget.Id, Level = BudgetLevel.Team, OwnerId = budget.Id, Period = budget.Period, LimitNanos = budget.LimitNanos,
        });
        Finished.Value(_store.ApplyAsync(new LedgerCatalogChange { Budgets = [.. budgets] }, default));
        _catalog.Swap(new CatalogSnapshot
        {
            Version = _store.CatalogVersion,
            Providers = new[] { new Provider { Name = Provider, BaseUrl = new Uri("http://localhost") } }.ToFrozenDictionary(provider => provider.Name),
            Teams = new[] { new Team { Id = "t", Name = "team", Budgets = [team] } }.ToFrozenDictionary(of => of.Id),
            VirtualKeys = own.Select(budget => new VirtualKey
            {
                Id = budget.Id, Name = budget.Id, Secrets = [new KeySecret(s_secretHash, null)], TeamId = "t", AllowAllProviders = true, Budgets = [budget],
            }).ToFrozenDictionary(key => key.Id),
            Prices = new Dictionary<string, ModelPrice> { [$"{Provider}/{Model}"] = _case.Mix.Price }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
            Settings = new GovernanceSettings { Clamp = _case.Clamp },
        });
    }

    /// <summary>One caller from its first call to its last refusal.</summary>
    private async Task CallAsync(int key, LeaseBook book, DateTimeOffset start)
    {
        var admission = new KeyAdmission(
            $"k{key}", _catalog, book, _ => throw new NotSupportedException("There are no shared windows."), _brokenBounds, _clock, new KeyLimits(), new AccountLimits());
        admission.Merge(new KeySnapshot([], [new($"{Provider}/{Model}", Learned())]));
        await Task.Delay(Think(_random.NextDouble()), _clock);
        for (var exceeded = 0; exceeded < ExceededMax;)
        {
            var call = _case.Mix.Next(_random);
            var ticket = await AdmitAsync(admission, call);
            if (ticket is null)
            {
                exceeded++;
            }
            else
            {
                exceeded = 0;
                await RunAsync(admission, call, ticket);
            }

            await Task.Delay(Think(-Math.Log(1 - _random.NextDouble())), _clock);
        }

        _figures = _figures with { Active = _figures.Active + (_clock.GetUtcNow() - start) };
    }

    /// <summary>Tries until the call is admitted, or refused for good: then null.</summary>
    private async Task<Ticket?> AdmitAsync(KeyAdmission admission, HonestCall call)
    {
        DateTimeOffset? refusedAt = null;
        DateTimeOffset? payableSince = null;
        var wasPayable = false;
        while (true)
        {
            var reply = await TryAsync(admission, call);
            var now = _clock.GetUtcNow();
            if (reply.Ticket is { } ticket)
            {
                if (refusedAt is { } at)
                {
                    _figures = _figures with { Blocked = _figures.Blocked + (now - at) };
                    if (wasPayable && now - at > _figures.LongestWait) _figures = _figures with { LongestWait = now - at };
                    NotePayable(payableSince, now);
                }

                return ticket;
            }

            var refusal = reply.Refusal!;
            var isPayable = _spentNanos + _runningNanos + CostOf(call, call.OutputTokens) <= _leftNanos;
            if (refusal.Reason == RefusalReason.BudgetExceeded)
            {
                if (_figures.SpentAtFirst402Nanos == 0) _figures = _figures with { SpentAtFirst402Nanos = StartNanos + _spentNanos };
                if (isPayable) _figures = _figures with { ExceededPayable = _figures.ExceededPayable + 1 };
                return null;
            }

            Must(refusal.Reason == RefusalReason.BudgetHeld, $"refused by {refusal.Reason}: {refusal.Message}");
            _figures = _figures with { Held = _figures.Held + 1, HeldPayable = _figures.HeldPayable + (isPayable ? 1 : 0) };
            refusedAt ??= now;
            wasPayable |= isPayable;
            if (isPayable) payableSince ??= now;
            else payableSince = null;
            NotePayable(payableSince, now);
            await Task.Delay(TimeSpan.FromMilliseconds(refusal.RetryAfterMs!.Value), _clock);
        }
    }

    private void NotePayable(DateTimeOffset? since, DateTimeOffset now)
    {
        if (now - since is { } refused && refused > _figures.LongestPayable) _figures = _figures with { LongestPayable = refused };
    }

    private async Task<AdmitReply> TryAsync(KeyAdmission admission, HonestCall call)
    {
        var request = new AdmitRequest
        {
            AttemptId = Guid.CreateVersion7(_clock.GetUtcNow()),
            SecretHash = s_secretHash.AsMemory(),
            Provider = Provider,
            Model = Model,
            Content = call.Content,
            OutputTokensMax = call.OutputTokensAsked,
            MayCount = true,
        };
        var reply = await admission.AdmitAsync(request);
        if (reply.CountWith is null) return reply;
        _figures = _figures with { Counted = _figures.Counted + 1 };
        return await admission.AdmitAsync(request with { Counted = call.Counted, MayCount = false });
    }

    private async Task RunAsync(KeyAdmission admission, HonestCall call, Ticket ticket)
    {
        var output = ticket.OutputTokensSent > 0 ? Math.Min(call.OutputTokens, ticket.OutputTokensSent) : call.OutputTokens;
        var cost = CostOf(call, output);
        Must(_case.Admission == AdmissionRule.Estimate || cost <= ticket.HoldNanos, $"a call that held {ticket.HoldNanos} cost {cost}");
        _figures = _figures with
        {
            Calls = _figures.Calls + 1,
            Clamped = _figures.Clamped + (ticket.Clamped ? 1 : 0),
            Cut = _figures.Cut + (output < call.OutputTokens ? 1 : 0),
        };
        _runningNanos += cost;
        await Task.Delay(call.Duration * ((double)output / call.OutputTokens), _clock);
        _runningNanos -= cost;
        _spentNanos += cost;
        await admission.SettleAsync(new Settlement
        {
            Ticket = ticket,
            Outcome = AttemptOutcome.Completed,
            Provider = Provider,
            Model = Model,
            Usage = new TokenUsage { PromptTokens = call.PromptTokens, CompletionTokens = output },
            CostNanos = cost,
            Status = 200,
            RequestId = "r",
            PromptBytes = call.Content.StringBytes,
        });
    }

    private long CostOf(HonestCall call, int output) =>
        CostCalculator.Cost(_case.Mix.Price, new TokenUsage { PromptTokens = call.PromptTokens, CompletionTokens = output }).TotalNanos;

    private LearnedModel Learned()
    {
        var learned = default(LearnedModel);
        for (var i = 0; i < _case.CallsBefore; i++)
        {
            var call = _case.Mix.Next(_random);
            learned = new LearnedModel(learned.Ratio.Learn(call.Content.StringBytes, call.PromptTokens), learned.Output.Learn(call.OutputTokens, wasCut: false));
        }

        return learned;
    }

    private static TimeSpan Think(double times) => TimeSpan.FromSeconds(ThinkSeconds * times);

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new LedgerBrokenException(what);
    }
}
