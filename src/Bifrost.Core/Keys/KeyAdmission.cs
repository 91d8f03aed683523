using System.Buffers.Binary;
using Bifrost.Abstractions.Keys;
using Bifrost.Core.Catalog;
using Bifrost.Core.Ledger;

namespace Bifrost.Core.Keys;

/// <summary>
/// The rules of one virtual key's admission: alive, allowed, calls in flight, rate windows, credit. All of them or none. It belongs to one
/// activation and runs in its turns only; what it awaits is the book, and whatever may have changed meanwhile is checked again.
/// </summary>
public sealed class KeyAdmission(string virtualKeyId, ICatalog catalog, ILeaseBook book, TimeProvider time, KeyLimits limits)
{
    /// <summary>How often an admission is decided anew because the catalog moved on under it.</summary>
    private const int StaleMax = 3;

    private readonly AttemptMemory _attempts = new(limits);
    private readonly RateLimiter _limiter = new(limits.BusyRetryAfter);
    private readonly RatioBook _ratios = new(limits.RatiosMax);
    private readonly KeyRoutes _routes = new(limits.RoutesMax);
    private readonly bool _anonymous = AnonymousKey.Is(virtualKeyId);
    private int _inFlight;

    /// <summary>Grows with everything that a snapshot would keep.</summary>
    public long Changes { get; private set; }

    /// <summary>Attempts in memory; none means that the activation holds nothing but what a snapshot keeps.</summary>
    public int AttemptsKept => _attempts.Count;

    /// <summary>Admits one try or refuses it, see <see cref="IVirtualKeyGrain.Admit"/>.</summary>
    public Task<AdmitReply> AdmitAsync(AdmitRequest request)
    {
        var now = time.GetUtcNow();
        Sweep(now);
        if (_attempts.Find(request.AttemptId) is { } known) return known.Reply ?? Task.FromResult(Refused(KeyRefusals.SettledBefore));
        var refusal = Check(request, now, out var plan);
        if (refusal is not null) return Task.FromResult(Refused(refusal, plan, now));
        var attempt = _attempts.Begin(request.AttemptId, now);
        return attempt.Reply = HoldAndTakeAsync(attempt, request, plan);
    }

    /// <summary>Ends a try; completes when its entry is durable, see <see cref="IVirtualKeyGrain.Settle"/>.</summary>
    public Task SettleAsync(Settlement settlement)
    {
        var now = time.GetUtcNow();
        Sweep(now);
        if (_attempts.Find(settlement.Ticket.AttemptId) is not { } attempt)
        {
            // Admitted by another activation, or not yet: then this is the tombstone that refuses the late admission.
            _attempts.End(_attempts.Begin(settlement.Ticket.AttemptId, now), now);
            CountForeign(settlement, now);
            Learn(settlement);
        }
        else if (!attempt.Ended)
        {
            if (attempt.Running) Finish(attempt, settlement.Usage.TotalTokens, sent: settlement.Outcome != AttemptOutcome.NotSent);
            _attempts.End(attempt, now);
            Learn(settlement);
        }

        return book.PostAsync(KeyEntries.Of(settlement));
    }

    public VirtualKeyStatus Status()
    {
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        return new VirtualKeyStatus { CallsInFlight = _inFlight, RateLimits = _limiter.View(key, null, time.GetUtcNow()) };
    }

    /// <summary>Forgets ended attempts of long ago and gives up running ones that nobody will settle any more.</summary>
    public void Sweep() => Sweep(time.GetUtcNow());

    /// <summary>What a snapshot keeps.</summary>
    public KeySnapshot Snapshot()
    {
        var windows = ImmutableArray.CreateBuilder<WindowCount>();
        foreach (var (scope, owner) in _limiter.Scopes)
        {
            windows.Add(new WindowCount(scope, OfTokens: false, owner.Requests.Period, owner.Requests.Start, owner.Requests.Used));
            windows.Add(new WindowCount(scope, OfTokens: true, owner.Tokens.Period, owner.Tokens.Start, owner.Tokens.Used));
        }

        return new KeySnapshot(windows.DrainToImmutable(), [.. _ratios.All]);
    }

    /// <summary>Takes over what a snapshot kept; repeating it changes nothing.</summary>
    public void Merge(KeySnapshot snapshot)
    {
        foreach (var count in snapshot.Windows)
        {
            var owner = _limiter.Scope(count.Scope);
            (count.OfTokens ? owner.Tokens : owner.Requests).Merge(count.Period, count.Start, count.Used);
        }

        foreach (var (model, ratio) in snapshot.Ratios) _ratios.Merge(model, ratio);
    }

    private async Task<AdmitReply> HoldAndTakeAsync(Attempt attempt, AdmitRequest request, Plan plan)
    {
        try
        {
            for (var stale = 0; ; stale++)
            {
                var holding = book.HoldAsync(
                    new HoldRequest(attempt.Id, plan.Route.Chain, virtualKeyId, plan.Estimate.Nanos, plan.CatalogVersion), CancellationToken.None);
                var (waits, route) = (!holding.IsCompleted, plan.Route);
                var hold = await holding;

                var now = time.GetUtcNow();
                if (attempt.Ended) return Refused(KeyRefusals.SettledBefore);
                if (hold.Refusal is not null) return Refuse(attempt, hold.Refusal, plan, now);

                // Others had their turns meanwhile: the windows may be full, the key may be gone.
                var refusal = !waits && !hold.Stale ? null : Check(request, now, out plan);
                if (refusal is null && hold.Admitted) return Take(attempt, plan, hold, now);
                if (refusal is null && stale < StaleMax) continue;
                if (hold.Admitted) _ = book.PostAsync(KeyEntries.GivenBack(attempt.Id, virtualKeyId, request, hold, route));
                return Refuse(attempt, refusal ?? KeyRefusals.NotReady, plan, now);
            }
        }
        catch
        {
            // Unknown whether credit is held: the caller settles what it could not get admitted, and that gives it back.
            if (!attempt.Ended) _attempts.Forget(attempt);
            throw;
        }
    }

    private Refusal? Check(AdmitRequest request, DateTimeOffset now, out Plan plan)
    {
        plan = default;
        if (!book.MayAdmit) return KeyRefusals.NotReady;
        var snapshot = catalog.Current;
        VirtualKey? key = null;
        if (!_anonymous)
        {
            if (!snapshot.VirtualKeys.TryGetValue(virtualKeyId, out key) || !KeySecrets.Fits(key, request.SecretHash.Span, now))
                return KeyRefusals.KeyNotFound;
            if (!key.IsActive) return KeyRefusals.Inactive(key);
            if (key.ExpiresAt is { } end && now >= end) return KeyRefusals.Expired(key, end);
        }

        var route = _routes.Of(snapshot, key, request.Provider, request.Model);
        plan = new Plan(key, route, default, snapshot.Version);
        if (route.Allowed == RouteAccess.ProviderBlocked) return KeyRefusals.ProviderBlocked(Level(key), request.Provider);
        if (route.Allowed == RouteAccess.ModelBlocked) return KeyRefusals.ModelBlocked(Level(key), request.Provider, request.Model);
        if (route.Price is null && !snapshot.Settings.AllowUnpriced) return KeyRefusals.Unpriced(route.Name);
        if (key is { CallsInFlightMax: > 0 and var max } && _inFlight >= max)
            return KeyRefusals.InFlight(Level(key), _inFlight, max, limits.BusyRetryAfter);

        plan = plan with
        {
            Estimate = Estimator.Estimate(
                route.Price,
                request.PromptBytes,
                _ratios.Of(route.Name),
                request.OutputTokensMax,
                request.Choices,
                snapshot.Settings.OutputTokensDefault),
        };
        return key is null ? null : _limiter.Check(key, route.Config, plan.Estimate.Usage.TotalTokens, now);
    }

    /// <summary>Everything was checked in this turn: takes it all.</summary>
    private AdmitReply Take(Attempt attempt, Plan plan, HoldReply hold, DateTimeOffset now)
    {
        var tokens = plan.Estimate.Usage.TotalTokens;
        if (plan.Key is { } key) _limiter.Take(attempt, key, plan.Route.Config, tokens, now);
        attempt.Running = true;
        _inFlight++;
        Changes++;
        return new AdmitReply
        {
            Ticket = new Ticket
            {
                AttemptId = attempt.Id,
                VirtualKeyId = virtualKeyId,
                LeaseId = hold.LeaseId,
                HoldNanos = hold.HeldNanos,
                HeldTokens = tokens,
                Estimate = plan.Estimate.Usage,
                OutputTokensMax = plan.Estimate.OutputTokensMax,
                TeamId = plan.Route.TeamId,
                CustomerId = plan.Route.CustomerId,
            },
            RateLimits = _limiter.View(plan.Key, plan.Route.Config, now),
        };
    }

    private AdmitReply Refuse(Attempt attempt, Refusal refusal, Plan plan, DateTimeOffset now)
    {
        _attempts.Forget(attempt);
        return Refused(refusal, plan, now);
    }

    private AdmitReply Refused(Refusal refusal, Plan plan = default, DateTimeOffset now = default) => new()
    {
        Refusal = refusal,
        RateLimits = plan.Key is null ? null : _limiter.View(plan.Key, plan.Route.Config, now),
    };

    private void Sweep(DateTimeOffset now)
    {
        while (_attempts.Sweep(now) is { } lost)
        {
            if (lost.Running) Finish(lost, lost.HeldTokens, sent: true);
            _attempts.End(lost, now);
        }
    }

    private void Finish(Attempt attempt, long tokens, bool sent)
    {
        attempt.Running = false;
        _inFlight--;
        Changes++;
        RateLimiter.Correct(attempt, tokens, sent);
    }

    private void CountForeign(Settlement settlement, DateTimeOffset now)
    {
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        _limiter.CountForeign(key, settlement.Provider, MadeAt(settlement.Ticket.AttemptId), settlement.Usage.TotalTokens, now);
        Changes++;
    }

    private void Learn(Settlement settlement)
    {
        if (settlement.Estimated || settlement.PromptBytes == 0 || settlement.Usage.PromptTokens == 0) return;
        _ratios.Learn(settlement.Provider + "/" + settlement.Model, settlement.PromptBytes, settlement.Usage.PromptTokens);
    }

    private static string Level(VirtualKey? key) => key is null ? "calls without a virtual key" : $"virtual key '{key.Name}'";

    /// <summary>The moment that a UUIDv7 carries: when the attempt was made.</summary>
    private static DateTimeOffset MadeAt(Guid attemptId)
    {
        Span<byte> bytes = stackalloc byte[16];
        attemptId.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }

    private readonly record struct Plan(VirtualKey? Key, KeyRoute Route, Estimate Estimate, long CatalogVersion);
}
