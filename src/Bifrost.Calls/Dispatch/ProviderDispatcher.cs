using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// One provider's dispatch on this silo: slots and queue, circuits, key choice. It is entered from a grain's turn and goes on outside of
/// it, and streams end on their readers' threads, so what they touch is guarded; nothing waits under the lock.
/// </summary>
public sealed class ProviderDispatcher(string name, DispatchTools tools)
{
    private readonly Lock _gate = new();
    private readonly SlotQueue _slots = new();
    private readonly Circuit _circuit = new(tools.Time);
    private readonly KeyCircuits _keyCircuits = new(tools.Time);
    private readonly DispatchFigures _figures = new(tools.Time);

    /// <summary>The last 429 to a call without a key of the configuration.</summary>
    private RateLimitMark? _limit;

    /// <summary>The concurrency of the configuration that was last seen; slots that come back are handed on by it.</summary>
    private volatile int _slotsMax;

    /// <summary>One try. Never leaves a slot or a probe behind.</summary>
    /// <param name="provider">The provider as it is configured now.</param>
    /// <param name="call">The try.</param>
    /// <param name="isDrained">Whether it is drained by the time that the try has its slot.</param>
    public async Task<ProviderReply> DispatchAsync(Provider provider, ProviderCall call, Func<bool>? isDrained = null)
    {
        if (!tools.Dialects.TryGetValue(provider.Dialect, out var dialect)) return Failed(ProviderFailures.NoSuchDialect(name, provider.Dialect));
        _slotsMax = provider.Concurrency;
        var startedAt = tools.Time.GetTimestamp();

        // A call does not queue for an open circuit or without a usable key.
        if (Refusal(provider, call) is { } refusal) return Refused(refusal);
        if (await TakeSlotAsync(provider, call).ConfigureAwait(false) is { } dropped) return Refused(dropped);

        DispatchSlot? slot = null;
        var isLive = false;
        try
        {
            if (isDrained?.Invoke() == true) return Failed(ProviderFailures.Drained(name));
            slot = Begin(provider, call, out var refused);
            if (slot is null) return Refused(refused!);
            var target = new UpstreamTarget
            {
                Provider = provider,
                KeyId = slot.KeyId,
                Credential = slot.Credential,
                RemainingMs = call.RemainingMs - (long)tools.Time.GetElapsedTime(startedAt).TotalMilliseconds,
                Watcher = slot,
            };
            var reply = await dialect.SendAsync(target, call).ConfigureAwait(false);
            isLive = reply.Body is StreamBody;
            Answered(slot, reply.Failure);
            return reply;
        }
        catch when (slot is not null)
        {
            // A broken dialect says nothing about the upstream, but its probe must not stay out.
            Answered(slot, ProviderFailures.Aborted());
            throw;
        }
        finally
        {
            if (!isLive) _slots.Exit(_slotsMax);
        }
    }

    public ProviderStatus Status(Provider? provider)
    {
        var keys = ImmutableArray.CreateBuilder<KeyCircuit>();
        ProviderFigures figures;
        lock (_gate)
        {
            keys.Add(KeyCircuits.Status("", _circuit, _limit, tools.Time));
            foreach (var key in provider?.Keys ?? []) keys.Add(_keyCircuits.Status(key));
            figures = _figures.Read();
        }

        return new ProviderStatus
        {
            CallsRunning = _slots.Running,
            CallsWaiting = _slots.Waiting,
            Keys = keys.DrainToImmutable(),
            Figures = figures,
        };
    }

    /// <summary>A stream was disposed, on its reader's thread: its slot is free.</summary>
    internal void StreamEnded(DispatchSlot slot, ProviderFailure? failure)
    {
        if (failure is not null)
        {
            lock (_gate)
            {
                var rules = slot.Provider.CircuitBreaker;
                if (failure.Kind != FailureKind.Aborted) _figures.Broke(failure.Kind);
                if (CircuitSignals.ForProvider(failure) == CircuitSignal.Failure) _circuit.ReportLate(rules, slot.ProviderPass, failure.Kind);
                if (CircuitSignals.ForKey(failure) == CircuitSignal.Failure) slot.KeyCircuit?.ReportLate(rules, slot.KeyPass, failure.Kind);
            }
        }
        _slots.Exit(_slotsMax);
    }

    private ProviderFailure? Refusal(Provider provider, ProviderCall call)
    {
        if (HasLeft(call)) return ProviderFailures.Aborted();
        lock (_gate)
        {
            _keyCircuits.Prune(provider);
            if (!_circuit.CanEnter) return ProviderFailures.CircuitOpen(name, _circuit.Cause, _circuit.ProbeInMs);
            return NeedsKey(provider, call) ? KeyPick.From(provider, call, _keyCircuits, tools.Random).Failure : null;
        }
    }

    /// <summary>Chooses the key and passes the circuits; both anew after the wait, since both may have changed.</summary>
    private DispatchSlot? Begin(Provider provider, ProviderCall call, out ProviderFailure? refused)
    {
        lock (_gate)
        {
            var pick = NeedsKey(provider, call) ? KeyPick.From(provider, call, _keyCircuits, tools.Random) : default;
            refused = pick.Failure;
            if (refused is not null) return null;
            if (!_circuit.TryEnter(out var providerPass))
            {
                refused = ProviderFailures.CircuitOpen(name, _circuit.Cause, _circuit.ProbeInMs);
                return null;
            }
            var keyCircuit = pick.Key is null ? null : _keyCircuits.Of(pick.Key);
            CircuitPass keyPass = default;
            keyCircuit?.TryEnter(out keyPass);
            return new DispatchSlot(this, provider)
            {
                KeyId = pick.Key?.Id ?? "",
                Credential = call.DirectKey ?? pick.Key?.Value,
                ProviderPass = providerPass,
                KeyCircuit = keyCircuit,
                KeyPass = keyPass,
                BegunAt = tools.Time.GetTimestamp(),
            };
        }
    }

    private void Answered(DispatchSlot slot, ProviderFailure? failure)
    {
        var rules = slot.Provider.CircuitBreaker;
        var kind = failure?.Kind ?? default;
        CircuitState before, after;
        lock (_gate)
        {
            _figures.Answered(tools.Time.GetElapsedTime(slot.BegunAt), failure?.Kind);
            if (failure is { Kind: FailureKind.RateLimited }) RateLimited(slot, failure);
            before = _circuit.State;
            _circuit.Report(rules, slot.ProviderPass, CircuitSignals.ForProvider(failure), kind);
            after = _circuit.State;
            slot.KeyCircuit?.Report(rules, slot.KeyPass, CircuitSignals.ForKey(failure), kind);
        }
        if (before != after) Log.CircuitChanged(tools.Logger, name, before, after, kind);
    }

    // Under _gate.
    private void RateLimited(DispatchSlot slot, ProviderFailure failure)
    {
        if (slot.KeyId.Length == 0) _limit = new RateLimitMark(tools.Time.GetTimestamp(), failure.RetryAfterMs);
        else _keyCircuits.RateLimited(slot.KeyId, failure.RetryAfterMs);
    }

    private ProviderReply Refused(ProviderFailure failure)
    {
        if (failure.Kind != FailureKind.Aborted)
            lock (_gate) _figures.Refused(failure.Kind);
        return Failed(failure);
    }

    /// <summary>Null when the slot is the caller's.</summary>
    private async ValueTask<ProviderFailure?> TakeSlotAsync(Provider provider, ProviderCall call)
    {
        var answer = _slots.Enter(provider.Concurrency, provider.QueueMax, out var turn, out var place);
        if (answer == SlotAnswer.Entered) return null;
        if (answer == SlotAnswer.Full) return ProviderFailures.QueueFull(name, provider.QueueMax);

        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(call.RemainingMs, 0, int.MaxValue)), tools.Time);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, call.Abort, call.AbortUnsent);
        try
        {
            await turn.WaitAsync(leaving.Token).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            // Its turn may have come in the same moment: then the slot goes on to the next.
            if (!_slots.TryLeaveQueue(place!)) _slots.Exit(_slotsMax);
            return HasLeft(call)
                ? ProviderFailures.Aborted()
                : ProviderFailures.Timeout($"The time limit of the whole request ran out in the queue of provider '{name}'.");
        }
    }

    private static bool HasLeft(ProviderCall call) => call.Abort.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested;

    private static bool NeedsKey(Provider provider, ProviderCall call) => call.DirectKey is null && !(provider.Keyless && provider.Keys.IsEmpty);

    private static ProviderReply Failed(ProviderFailure failure) => new() { Failure = failure };
}
