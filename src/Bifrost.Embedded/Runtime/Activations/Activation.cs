using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Embedded.Runtime;

/// <summary>
/// One grain in memory. This file lets calls in and out; <c>Activation.Lifecycle.cs</c> brings the grain up and down. Fields are guarded
/// by the turn scheduler's lock unless they say otherwise.
/// </summary>
internal sealed partial class Activation(GrainClass grains, string key, WorkerPool? pool) : IGrainContext, ICallTarget
{
    private readonly TurnScheduler _turns = new();
    private LinkedList<Call>? _waiting;
    private Gatekeeper _gate;
    private ActivationPhase _phase;
    private long _lastUsedAt;

    // Interlocked: calls that a pool of workers is bringing here.
    private int _promised;

    public GrainId GrainId => GrainId.Create(grains.GrainType, key);

    public string Key => key;

    public IGrainFactory GrainFactory => grains.Silo.GrainFactory;

    public Silo Silo => grains.Silo;

    /// <summary>Calls under way, waiting and promised: how busy a stateless worker is.</summary>
    public int Load
    {
        get
        {
            lock (_turns.Gate) return _gate.Running + (_waiting?.Count ?? 0) + _promised;
        }
    }

    /// <summary>Counts a call that has chosen this worker but not reached it, so that the next one chooses another.</summary>
    public void Promise(int calls) => Interlocked.Add(ref _promised, calls);

    public bool Accept(Call call)
    {
        var activate = false;
        lock (_turns.Gate)
        {
            if (_phase == ActivationPhase.Gone) return false;
            call.Target = this;
            if (_phase == ActivationPhase.Valid && _gate.MayStart(call.Method.Traits, grains.Reentrant))
            {
                _gate.Enter(call.Method.Traits, grains.Reentrant);
                if (!_turns.TryTake())
                {
                    call.Suspend();
                    BeginLater(call);
                    return true;
                }
            }
            else if (call.Method.Traits.IsTick && _phase is ActivationPhase.New or ActivationPhase.Deactivating)
            {
                return false;
            }
            else
            {
                call.Suspend();
                Wait(call);
                if (_phase != ActivationPhase.New) return true;
                _phase = ActivationPhase.Activating;
                activate = true;
                if (!_turns.TryTake())
                {
                    StartLater(static activation => activation.ActivateAsync());
                    return true;
                }
            }
        }
        if (activate) _turns.RunTaken(TurnOf(static activation => activation.ActivateAsync()), andOneMore: true);
        else _turns.RunTaken(call.Turn, andOneMore: false);
        return true;
    }

    /// <summary>A call has ended, wherever its last segment ran.</summary>
    public void End(Call call, Task task)
    {
        if (task.IsFaulted) ActOn(task.Exception!.InnerException!, call);
        lock (_turns.Gate)
        {
            _gate.Leave(call.Method.Traits, grains.Reentrant);
            if (call.Method.Traits.CountsAsUse) _lastUsedAt = Silo.Time.GetTimestamp();
            if (_phase == ActivationPhase.Valid) BeginWaiting(all: false);
            else if (_phase == ActivationPhase.Deactivating && _gate.Running == 0) _drained?.TrySetResult();
        }
    }

    /// <summary>A waiting call whose caller gave up never runs.</summary>
    public void Forget(Call call)
    {
        lock (_turns.Gate)
        {
            if (call.Place?.List == _waiting && call.Place is { } place) _waiting!.Remove(place);
            call.Place = null;
        }
    }

    public void CollectInto(List<Activation> activations) => activations.Add(this);

    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        EnsureInTurn();
        var timer = new GrainTimer(this, callback, options);
        lock (_turns.Gate)
        {
            if (_phase is ActivationPhase.Deactivating or ActivationPhase.Gone) timer.Dispose();
            else (_timers ??= []).Add(timer);
        }
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (_turns.Gate) _timers?.Remove(timer);
    }

    /// <summary>State and timers belong to the grain's turns; code that left them (ConfigureAwait(false), a thread of its own) is told so.</summary>
    public void EnsureInTurn()
    {
        if (!_turns.IsInTurn)
            throw new InvalidOperationException($"This belongs to the turns of grain {GrainId}, but the calling code runs outside of them.");
    }

    private void ActOn(Exception exception, Call call)
    {
        if (exception is not InconsistentStateException { IsSourceActivation: true } conflict) return;
        conflict.IsSourceActivation = false;
        Log.StorageConflict(Silo.Logger, GrainId, conflict);
        Deactivate(new(DeactivationReasonCode.ApplicationError, conflict, $"{call.Method.Name} let a storage conflict escape."));
    }

    // The three below: under the lock.

    private void Wait(Call call) => call.Place = (_waiting ??= []).AddLast(call);

    private void BeginLater(Call call) => call.Turn.Start(_turns);

    /// <param name="all">After the activation, when calls wait that need not; later the first blocked one answers for those behind it.</param>
    private void BeginWaiting(bool all)
    {
        var place = _waiting?.First;
        while (place is not null)
        {
            var next = place.Next;
            var call = place.Value;
            if (_gate.MayStart(call.Method.Traits, grains.Reentrant))
            {
                _waiting!.Remove(place);
                call.Place = null;
                if (!call.IsAnswered)
                {
                    _gate.Enter(call.Method.Traits, grains.Reentrant);
                    BeginLater(call);
                }
            }
            else if (!all && !_gate.OnlyReaders)
            {
                return;
            }
            place = next;
        }
    }

    private Task TurnOf(Func<Activation, Task> body) => new(static state => _ = ((TurnState)state!).Run(), new TurnState(this, body));

    private void StartLater(Func<Activation, Task> body) => TurnOf(body).Start(_turns);

    private sealed record TurnState(Activation Activation, Func<Activation, Task> Body)
    {
        public Task Run() => Body(Activation);
    }
}
