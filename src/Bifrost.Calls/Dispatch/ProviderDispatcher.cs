using Bifrost.Calls.Contracts;
using Bifrost.Calls.Limits;
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
    private readonly ModelFaults _faults = new(tools.Time);
    private readonly DispatchFigures _figures = new(tools.Time);
    private readonly ModelFigures _models = new(tools.Time);

    /// <summary>The concurrency of the configuration that was last seen; slots that come back are handed on by it.</summary>
    private volatile int _slotsMax;

    /// <summary>One try. Never leaves a slot or a probe behind.</summary>
    /// <param name="provider">The provider as it is configured now.</param>
    /// <param name="call">The try.</param>
    /// <param name="isDrained">Whether it is drained by the time that the try has its slot.</param>
    public async Task<ProviderReply> DispatchAsync(Provider provider, ProviderCall call, Func<bool>? isDrained = null)
    {
        var spoken = provider.DialectFor(call.Model, call.ToolEffort);
        if (!tools.Dialects.TryGetValue(spoken, out var dialect)) return Failed(ProviderFailures.NoSuchDialect(name, spoken));
        _slotsMax = provider.Concurrency;
        var startedAt = tools.Time.GetTimestamp();

        // A call does not queue for an open circuit or without a usable key.
        if (Refusal(provider, call) is { } refusal) return Refused(refusal, call);
        var (place, dropped) = await TakeSlotAsync(provider, call).ConfigureAwait(false);
        if (dropped is not null) return Refused(dropped, call);

        DispatchSlot? slot = null;
        var isLive = false;
        try
        {
            if (isDrained?.Invoke() == true) return Failed(ProviderFailures.Drained(name));
            slot = Begin(provider, call, place, out var refused);
            if (slot is null) return Refused(refused!, call);
            call.Holder?.Took(slot);
            var target = new UpstreamTarget
            {
                Provider = provider,
                Key = slot.Key,
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
            if (slot is null) _slots.Exit(place, _slotsMax);
            else if (!isLive) slot.Free();
        }
    }

    public ProviderStatus Status(Provider? provider)
    {
        var keys = ImmutableArray.CreateBuilder<KeyCircuit>();
        ProviderFigures figures;
        ImmutableArray<ModelReport> models;
        lock (_gate)
        {
            keys.Add(_keyCircuits.Status("", null, _circuit));
            foreach (var key in provider?.Keys ?? []) keys.Add(_keyCircuits.Status(key.Id, key.Value));
            figures = _figures.Read();
            models = _models.Read(ProviderStatus.ModelsMax);
        }

        return new ProviderStatus
        {
            CallsRunning = _slots.Running,
            CallsWaiting = _slots.Waiting,
            Keys = keys.DrainToImmutable(),
            Figures = figures,
            Models = models,
        };
    }

    /// <summary>A slot is free.</summary>
    internal void Freed(SlotPlace place) => _slots.Exit(place, _slotsMax);

    /// <summary>A stream was disposed, on its reader's thread: its slot is free.</summary>
    internal void StreamEnded(DispatchSlot slot, ProviderFailure? failure)
    {
        if (failure is not null)
        {
            lock (_gate)
            {
                var rules = slot.Provider.CircuitBreaker;
                if (failure.Kind != FailureKind.Aborted)
                {
                    _figures.Broke(failure.Kind);
                    _models.Of(slot.Model).Broke(failure.Kind);
                }

                if (SignalOf(slot, failure) == CircuitSignal.Failure) _circuit.ReportLate(rules, slot.ProviderPass, failure.Kind);

                // One that was made for this failure has not counted its success, so it counts here as a call of its own.
                if (!slot.IsDirect && CircuitSignals.ForKey(failure) == CircuitSignal.Failure)
                {
                    if (slot.KeyCircuit is { } known) known.ReportLate(rules, slot.KeyPass, failure.Kind);
                    else ReportKey(slot, CircuitSignal.Failure, failure.Kind);
                }
            }
        }

        slot.Free();
    }

    private ProviderFailure? Refusal(Provider provider, ProviderCall call)
    {
        if (HasLeft(call)) return ProviderFailures.Aborted();
        lock (_gate)
        {
            _keyCircuits.Prune(provider);
            if (!_circuit.CanEnter) return ProviderFailures.CircuitOpen(name, _circuit.Cause, _circuit.ProbeInMs);
            if (NeedsKey(provider, call)) return KeyPick.From(provider, call, _keyCircuits, tools.Random).Failure;
            return KeylessRefusal(call);
        }
    }

    /// <summary>Chooses the key and passes the circuits; both anew after the wait, since both may have changed.</summary>
    private DispatchSlot? Begin(Provider provider, ProviderCall call, SlotPlace place, out ProviderFailure? refused)
    {
        lock (_gate)
        {
            var pick = NeedsKey(provider, call) ? KeyPick.From(provider, call, _keyCircuits, tools.Random) : default;
            refused = pick.Failure ?? (pick.Key is null ? KeylessRefusal(call) : null);
            if (refused is not null) return null;
            if (!_circuit.TryEnter(out var providerPass))
            {
                refused = ProviderFailures.CircuitOpen(name, _circuit.Cause, _circuit.ProbeInMs);
                return null;
            }
            var keyCircuit = call.DirectKey is null ? _keyCircuits.Find(pick.Key?.Id ?? "", pick.Key?.Value, call.Model) : null;
            CircuitPass keyPass = default;
            keyCircuit?.TryEnter(out keyPass);
            return new DispatchSlot(this, provider, place)
            {
                Model = call.Model,
                IsDirect = call.DirectKey is not null,
                Key = pick.Key,
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
            var took = tools.Time.GetElapsedTime(slot.BegunAt);
            _figures.Answered(took, failure?.Kind);
            _models.Of(slot.Model).Answered(took, failure?.Kind);
            if (failure is { Kind: FailureKind.RateLimited }) _keyCircuits.RateLimited(slot.KeyId, slot.Credential, failure.RetryAfterMs);
            before = _circuit.State;
            _circuit.Report(rules, slot.ProviderPass, SignalOf(slot, failure), kind);
            after = _circuit.State;
            ReportKey(slot, CircuitSignals.ForKey(failure), kind);
        }
        if (before != after) Log.CircuitChanged(tools.Logger, name, before, after, kind);
    }

    private ProviderReply Refused(ProviderFailure failure, ProviderCall call)
    {
        if (failure.Kind == FailureKind.CircuitOpen) tools.Watch?.Reached(Limit.Circuits, call.VirtualKeyId);
        if (failure.Kind != FailureKind.Aborted)
            lock (_gate) _figures.Refused(failure.Kind);
        return Failed(failure);
    }

    /// <summary>What an end says about the provider: a model that fails by itself is no fault of the provider's, unless that is being tried.</summary>
    private CircuitSignal SignalOf(DispatchSlot slot, ProviderFailure? failure)
    {
        var signal = CircuitSignals.ForProvider(failure);
        if (signal != CircuitSignal.Failure || !CircuitSignals.IsOfModel(failure)) return signal;
        var acrossModels = _faults.Count(slot.Model, slot.Provider.CircuitBreaker.SamplingMs);
        return acrossModels || _circuit.State == CircuitState.HalfOpen ? signal : CircuitSignal.Neutral;
    }

    private void ReportKey(DispatchSlot slot, CircuitSignal signal, FailureKind kind)
    {
        if (slot.IsDirect) return;
        var circuit = slot.KeyCircuit ?? (signal == CircuitSignal.Failure ? _keyCircuits.Make(slot.KeyId, slot.Credential, slot.Model) : null);
        circuit?.Report(slot.Provider.CircuitBreaker, slot.KeyPass, signal, kind);
    }

    /// <summary>Of a provider that takes no key of ours: its circuit with the model.</summary>
    private ProviderFailure? KeylessRefusal(ProviderCall call) =>
        call.DirectKey is null && _keyCircuits.Find("", null, call.Model) is { CanEnter: false } circuit
            ? ProviderFailures.CircuitOpen(name, circuit.Cause, circuit.ProbeInMs)
            : null;

    /// <summary>The slot is the caller's unless there is a failure.</summary>
    private async ValueTask<(SlotPlace Place, ProviderFailure? Failure)> TakeSlotAsync(Provider provider, ProviderCall call)
    {
        var answer = _slots.Enter(call.VirtualKeyId, provider.Concurrency, provider.QueueMax, out var turn, out var place);
        if (answer == SlotAnswer.Entered) return (place, null);
        if (answer != SlotAnswer.Waiting)
        {
            tools.Watch?.Reached(answer == SlotAnswer.Full ? Limit.SlotsQueue : Limit.SlotsKey, call.VirtualKeyId);
            return (place, answer == SlotAnswer.Full ? ProviderFailures.QueueFull(name, provider.QueueMax) : ProviderFailures.ShareFull(name));
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(call.RemainingMs, 0, int.MaxValue)), tools.Time);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, call.Abort, call.AbortUnsent);
        try
        {
            await turn.WaitAsync(leaving.Token).ConfigureAwait(false);
            return (place, null);
        }
        catch (OperationCanceledException)
        {
            // Its turn may have come in the same moment: then the slot goes on to the next.
            if (!_slots.TryLeaveQueue(place)) _slots.Exit(place, _slotsMax);
            return (place, HasLeft(call)
                ? ProviderFailures.Aborted()
                : ProviderFailures.Timeout($"The time limit of the whole request ran out in the queue of provider '{name}'."));
        }
    }

    private static bool HasLeft(ProviderCall call) => call.Abort.IsCancellationRequested || call.AbortUnsent.IsCancellationRequested;

    private static bool NeedsKey(Provider provider, ProviderCall call) => call.DirectKey is null && !(provider.Keyless && provider.Keys.IsEmpty);

    private static ProviderReply Failed(ProviderFailure failure) => new() { Failure = failure };
}
