using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>
/// The rules of one virtual key's admission: alive, allowed, calls in flight, its rate windows, those that it shares, credit. All of them
/// or none. It belongs to one activation, and is entered by its turns and by callers that it was lent to (<see cref="KeyLoan"/>): one thread at a
/// time, but while it waits for accounts or the book, and whatever may have changed meanwhile is checked again.
/// </summary>
/// <param name="virtualKeyId">The key, or <see cref="AnonymousKey"/>'s.</param>
/// <param name="catalog">What is configured.</param>
/// <param name="book">The silo's credit.</param>
/// <param name="accounts">Reaches the account of a grain key.</param>
/// <param name="brokenBounds">Models that charged more than their bound.</param>
/// <param name="time">The clock.</param>
/// <param name="limits">Bounds of what is remembered.</param>
/// <param name="accountLimits">Bounds of shared windows.</param>
public sealed class KeyAdmission(
    string virtualKeyId,
    ICatalog catalog,
    ILeaseBook book,
    Func<string, IAccountGrain> accounts,
    BrokenBounds brokenBounds,
    TimeProvider time,
    KeyLimits limits,
    AccountLimits accountLimits)
{
    /// <summary>How often an admission is decided anew because the catalog moved on under it.</summary>
    private const int StaleMax = 3;

    private readonly AttemptMemory _attempts = new(limits);
    private readonly RateLimiter _limiter = new(limits.BusyRetryAfter);
    private readonly SharedWindows _shared = new(virtualKeyId, accounts, time, accountLimits);
    private readonly LearnedModels _models = new(limits.ModelsMax);
    private readonly BoundPlanner _bounds = new(brokenBounds, limits);
    private readonly KeyRoutes _routes = new(limits.RoutesMax);
    private readonly bool _anonymous = AnonymousKey.Is(virtualKeyId);

    private int _inFlight;
    private long _changes;
    private bool _closed;

    /// <summary>Grows with everything that a snapshot would keep.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>Attempts in memory; none means that the activation holds nothing but what a snapshot keeps.</summary>
    public int AttemptsKept => InTurn(() => _attempts.Count);

    /// <summary>True while there are windows that it shares with other keys.</summary>
    public bool SharesWindows => InTurn(() => _shared.Accounts > 0);

    /// <summary>True while shared windows are in hand that <see cref="ReturnSharedAsync"/> has to give back, or to report about.</summary>
    public bool OwesShared => InTurn(() => _shared.Owes);

    /// <summary>What everything here runs in.</summary>
    internal KeyTurn Turn => _shared.Turn;

    /// <summary>Admits one try or refuses it, see <see cref="IVirtualKeyGrain.Admit"/>.</summary>
    public Task<AdmitReply> AdmitAsync(AdmitRequest request)
    {
        Task<AdmitReply> reply;
        using (Turn.Take()) reply = BeginAsync(request);
        return reply;
    }

    /// <summary>Ends a try; completes when its entry is durable, see <see cref="IVirtualKeyGrain.Settle"/>.</summary>
    public Task SettleAsync(Settlement settlement)
    {
        End(settlement);
        return BookAsync(settlement);
    }

    /// <summary>For a try that has ended: books it. Outside of the turn, since the book has a lock of its own.</summary>
    internal Task BookAsync(Settlement settlement)
    {
        brokenBounds.Judge(settlement);
        return book.PostAsync(KeyEntries.Of(settlement));
    }

    /// <summary>The first half of <see cref="SettleAsync"/>: its place and its windows.</summary>
    internal void End(Settlement settlement)
    {
        using var taken = Turn.Take();
        var now = time.GetUtcNow();
        Sweep(now);
        var attemptId = settlement.Ticket.AttemptId;
        if (_attempts.Find(attemptId) is { } attempt)
        {
            if (attempt.Running) Finish(attempt, settlement.Usage.TotalTokens, sent: settlement.Outcome != AttemptOutcome.NotSent);
            _attempts.End(attempt, now);
            _models.Learn(settlement);
        }
        else if (!_attempts.HasEnded(attemptId))
        {
            // Admitted by another activation, or not yet: then its id is what refuses the late admission.
            _attempts.End(attemptId, now);
            CountForeign(settlement, now);
            _models.Learn(settlement);
        }
    }

    public VirtualKeyStatus Status()
    {
        using var taken = Turn.Take();
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        var view = _limiter.View(key, null, time.GetUtcNow());
        if (key is not null) view = _shared.Tighten(view, AccountRules.OfOwners(catalog.Current, key));
        return new VirtualKeyStatus { CallsInFlight = _inFlight, RateLimits = view };
    }

    /// <summary>
    /// Gives slices of shared windows back that are past their time, or all of them, and reports what their calls used. To be called every
    /// second while <see cref="OwesShared"/>; what could not be told is told the next time.
    /// </summary>
    public Task ReturnSharedAsync(bool all) => _shared.ReturnAsync(all);

    /// <summary>The activation ends: who waits is refused and gives back what it has got meanwhile; who was admitted ends at another activation.</summary>
    internal void Close()
    {
        using var taken = Turn.Take();
        _closed = true;
        foreach (var attempt in _attempts.Open.Where(attempt => attempt.Running)) book.Leave(attempt.Id);
    }

    /// <summary>Why no call at all would be admitted now: too many are in flight, or the key's own request window is full. Takes nothing.</summary>
    internal Refusal? RefuseEarly() => InTurn(() => catalog.Current.VirtualKeys.TryGetValue(virtualKeyId, out var key)
        ? KeyRefusals.InFlight(key, _inFlight, limits.BusyRetryAfter) ?? _limiter.Check(key, null, tokens: 0, time.GetUtcNow())
        : null);

    /// <summary>Forgets ended attempts of long ago and gives up running ones that will not be settled any more.</summary>
    public void Sweep()
    {
        using var taken = Turn.Take();
        Sweep(time.GetUtcNow());
    }

    /// <summary>What a snapshot keeps.</summary>
    public KeySnapshot Snapshot() => InTurn(() => KeySnapshot.Of(_limiter, _models));

    /// <summary>Takes over what a snapshot kept; repeating it changes nothing.</summary>
    public void Merge(KeySnapshot snapshot)
    {
        using var taken = Turn.Take();
        snapshot.MergeInto(_limiter, _models);
    }

    private Task<AdmitReply> BeginAsync(AdmitRequest request)
    {
        var now = time.GetUtcNow();
        Sweep(now);
        if (_attempts.HasEnded(request.AttemptId)) return Task.FromResult(Refused(KeyRefusals.SettledBefore));
        if (_attempts.Find(request.AttemptId) is { Reply: { } reply }) return reply;
        var refusal = Check(request, now, out var plan);
        if (refusal is not null) return Task.FromResult(Refused(refusal, plan, now));
        var attempt = _attempts.Begin(request.AttemptId, now);
        return attempt.Reply = HoldAndTakeAsync(attempt, request, plan);
    }

    private async Task<AdmitReply> HoldAndTakeAsync(KeyAttempt attempt, AdmitRequest request, CallPlan plan)
    {
        using var taken = Turn.Take();

        // Credit that is held already, and the route that it was held for.
        (HoldReply Hold, KeyRoute Route)? paid = null;
        try
        {
            HoldStep? step = null;
            var room = default(ChainRoom);

            // Why waiting cannot help a call: said also where the floor does not fit at once, so that none waits for the last of a budget.
            Refusal? spent = null;
            for (var stale = 0; ; stale++)
            {
                var (waits, hold, refusal) = (false, default(HoldReply), default(Refusal));
                var route = plan.Route;
                var sharing = _shared.HoldAsync(attempt, route.Accounts, plan.Tokens);
                if (!sharing.IsCompleted)
                {
                    refusal = await Turn.Outside(sharing);
                    if (!attempt.Ended) refusal ??= Check(request, time.GetUtcNow(), out plan);
                }
                else
                {
                    refusal = sharing.Result;
                }

                // The catalog moved on: other windows may bind.
                var moved = !ReferenceEquals(plan.Route, route);
                if (refusal is null && !moved && !attempt.Ended)
                {
                    room = book.RoomOf(route.Chain);
                    step ??= plan.Steps.First(room);
                    if (step != HoldStep.AsAsked && plan.CountWith(request) is { } tokenizer)
                    {
                        SharedWindows.Release(attempt);
                        _attempts.Forget(attempt);
                        return new AdmitReply { CountWith = tokenizer };
                    }

                    var holding = book.HoldAsync(
                        new HoldRequest(attempt.Id, route.Chain, virtualKeyId, plan.Steps.NeedNanos, plan.CatalogVersion)
                        {
                            LeastNanos = plan.Steps.LeastNanos(step.Value, room),
                        },
                        CancellationToken.None);
                    waits = !holding.IsCompleted;
                    hold = await Turn.Outside(holding);
                    refusal = hold.Refusal;
                    if (hold.Admitted) paid = (hold, route);
                }

                var now = time.GetUtcNow();
                if (attempt.Ended)
                {
                    SharedWindows.Release(attempt);
                    return Refused(KeyRefusals.SettledBefore);
                }

                // Nearer to the limit than was known: the next step may fit.
                if (refusal is { Reason: RefusalReason.BudgetExceeded or RefusalReason.BudgetHeld } && step is { } tried)
                {
                    var isFinal = refusal.Reason == RefusalReason.BudgetExceeded;
                    if (tried == HoldStep.AsAsked && plan.CountWith(request) is not null) step = HoldStep.Usual;
                    else step = plan.Steps.After(tried, room, isFinal, hold.FitsNanos);
                    if (isFinal) spent = Fitting(refusal, hold.FitsNanos, request, plan, now);
                    if (step is not null)
                    {
                        SharedWindows.Release(attempt);
                        refusal = Check(request, now, out plan);
                        if (refusal is null) continue;
                    }
                    else
                    {
                        refusal = tried == HoldStep.Floor && spent is not null ? spent : Fitting(refusal, hold.FitsNanos, request, plan, now);
                    }
                }

                // Others had their turns meanwhile: the windows may be full, the key may be gone.
                if (refusal is null && (waits || hold.Stale)) refusal = Check(request, now, out plan);
                var isEnough = step is { } held && hold.HeldNanos >= (route.Chain.IsEmpty ? 0 : plan.Steps.LeastNanos(held, room));
                if (refusal is null && hold.Admitted && isEnough && ReferenceEquals(plan.Route, route) && SharedWindows.AreInWindow(attempt))
                    return Take(attempt, plan, hold, now);
                SharedWindows.Release(attempt);
                if (refusal is null && stale < StaleMax) continue;
                if (paid is { } owed) _ = book.PostAsync(KeyEntries.GivenBack(attempt.Id, virtualKeyId, request, owed.Hold, owed.Route));
                return Refuse(attempt, refusal ?? KeyRefusals.NotReady, plan, now);
            }
        }
        catch
        {
            // Unknown whether credit is held: the caller settles what it could not get admitted, and that gives it back.
            SharedWindows.Release(attempt);
            if (!attempt.Ended) _attempts.Forget(attempt);
            throw;
        }
    }

    private Refusal Fitting(Refusal refusal, long fitsNanos, AdmitRequest request, CallPlan plan, DateTimeOffset now) =>
        _bounds.Fitting(refusal, fitsNanos, request, plan, catalog.Current, _models.Of(plan.Route.Name), now);

    private Refusal? Check(AdmitRequest request, DateTimeOffset now, out CallPlan plan)
    {
        plan = default;
        if (_closed) return KeyRefusals.Moving;
        if (!book.MayAdmit) return KeyRefusals.NotReady;
        var snapshot = catalog.Current;
        VirtualKey? key = null;
        if (!_anonymous)
        {
            // A wrong secret is answered like an unknown key.
            if (snapshot.VirtualKeys.TryGetValue(virtualKeyId, out key) && !KeySecrets.Fits(key, request.SecretHash.Span, now)) key = null;
            if (KeyValidityRule.Refuse(key, now) is { } invalid) return invalid;
        }

        var route = _routes.Of(snapshot, key, request.Provider, request.Model, now);
        plan = new CallPlan(key, route, default, snapshot.Version);
        if (KeyRefusals.Of(route.Access, key, request.Provider, request.Model) is { } blocked) return blocked;
        if (KeyRefusals.InFlight(key, _inFlight, limits.BusyRetryAfter) is { } busy) return busy;
        if (_bounds.Fill(ref plan, request, snapshot, _models.Of(route.Name), now) is { } unbounded) return unbounded;
        var refusal = key is null ? null : _limiter.Check(key, route.Config, plan.Tokens, now);
        return refusal ?? SharedWindows.TooLarge(route.Accounts, plan.Tokens);
    }

    /// <summary>Everything was checked in this turn: takes it all.</summary>
    private AdmitReply Take(KeyAttempt attempt, CallPlan plan, HoldReply hold, DateTimeOffset now)
    {
        var tokens = plan.Tokens;
        if (plan.Key is { } key) _limiter.Take(attempt, key, plan.Route.Config, tokens, now);
        attempt.Running = true;
        _inFlight++;
        _changes++;
        return new AdmitReply { Ticket = plan.TicketFor(attempt.Id, virtualKeyId, hold), RateLimits = View(plan, now) };
    }

    private AdmitReply Refuse(KeyAttempt attempt, Refusal refusal, CallPlan plan, DateTimeOffset now)
    {
        _attempts.Forget(attempt);
        if (_closed) _ = ReturnSharedAsync(all: true);
        return Refused(refusal, plan, now);
    }

    private AdmitReply Refused(Refusal refusal, CallPlan plan = default, DateTimeOffset now = default) => new()
    {
        Refusal = refusal,
        IsLeaving = ReferenceEquals(refusal, KeyRefusals.Moving),
        RateLimits = plan.Route is null ? null : View(plan, now),
    };

    private RateLimitView? View(CallPlan plan, DateTimeOffset now) =>
        _shared.Tighten(_limiter.View(plan.Key, plan.Route.Config, now), plan.Route.Accounts);

    private T InTurn<T>(Func<T> look)
    {
        using var taken = Turn.Take();
        return look();
    }

    private void Sweep(DateTimeOffset now)
    {
        while (_attempts.Sweep(now) is { } lost)
        {
            if (lost.Running) Finish(lost, lost.HeldTokens, sent: true);
            _attempts.End(lost, now);
        }
    }

    private void Finish(KeyAttempt attempt, long tokens, bool sent)
    {
        attempt.Running = false;
        _inFlight--;
        _changes++;
        RateLimiter.Correct(attempt, tokens, sent);
        SharedWindows.Correct(attempt, tokens, sent);
    }

    private void CountForeign(Settlement settlement, DateTimeOffset now)
    {
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        _limiter.CountForeign(key, settlement.Provider, UuidTime.MadeAt(settlement.Ticket.AttemptId), settlement.Usage.TotalTokens, now);
        _changes++;
    }
}
