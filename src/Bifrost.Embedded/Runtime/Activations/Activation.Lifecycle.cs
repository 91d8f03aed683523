using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

internal sealed partial class Activation
{
    /// <summary>The activation whose grain this thread is constructing, for <see cref="Grain"/>'s constructor.</summary>
    [ThreadStatic]
    private static Activation? t_underConstruction;

    // Owned by the activation's turns.
    private AsyncServiceScope? _scope;
    private List<IPersistentStateSlot>? _states;

    // Guarded by the lock.
    private List<GrainTimer>? _timers;
    private DeactivationReason? _reason;
    private TaskCompletionSource? _drained;
    private TaskCompletionSource? _gone;

    public static Activation? UnderConstruction => t_underConstruction;

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => (_scope ??= Silo.Services.CreateAsyncScope()).ServiceProvider;

    public Task Deactivated
    {
        get
        {
            lock (_turns.Gate)
                return _phase == ActivationPhase.Gone
                    ? Task.CompletedTask
                    : (_gone ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>A state that is read before the grain activates.</summary>
    public void Add(IPersistentStateSlot state) => (_states ??= new(1)).Add(state);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_turns.Gate)
        {
            if (_phase is ActivationPhase.Deactivating or ActivationPhase.Gone) return;
            _reason ??= deactivationReason;
            // A grain that is just coming up goes down as soon as it is up.
            if (_phase == ActivationPhase.Activating) return;
            BeginDeactivation();
        }
    }

    /// <summary>Ends the activation if nobody has used it since <paramref name="before"/> (engine timestamp).</summary>
    public bool TryDeactivateIdle(long before, DeactivationReason reason)
    {
        lock (_turns.Gate)
        {
            if (_phase != ActivationPhase.Valid || _gate.Running > 0 || _waiting is { Count: > 0 } || _lastUsedAt > before) return false;
            _reason = reason;
            BeginDeactivation();
            return true;
        }
    }

    public long CollectableBefore(long now) => now - grains.CollectionAgeTicks;

    private async Task ActivateAsync()
    {
        try
        {
            Construct();
            if (_states is not null)
                foreach (var state in _states) await state.ReadStateAsync();
            if (grains.HasOnActivate)
            {
                using var limit = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
                await ((IGrainBase)GrainInstance!).OnActivateAsync(limit.Token).WaitAsync(limit.Token);
            }
        }
        catch (Exception exception)
        {
            Log.ActivationFailed(Silo.Logger, GrainId, exception);
            await LeaveAsync(call => call.Fail(exception));
            return;
        }
        lock (_turns.Gate)
        {
            _phase = ActivationPhase.Valid;
            _lastUsedAt = Silo.Time.GetTimestamp();
            if (_reason is null) BeginWaiting(all: true);
            else BeginDeactivation();
        }
    }

    private void Construct()
    {
        var outer = t_underConstruction;
        t_underConstruction = this;
        try
        {
            GrainInstance = grains.Construct(this);
        }
        finally
        {
            t_underConstruction = outer;
        }
    }

    // Under the lock.
    private void BeginDeactivation()
    {
        if (_phase != ActivationPhase.New && _gate.Running > 0) _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _phase = ActivationPhase.Deactivating;
        StartLater(static activation => activation.DeactivateAsync());
    }

    private async Task DeactivateAsync()
    {
        StopTimers();
        if (_drained is { } drained) await DrainAsync(drained.Task);
        var reason = _reason.GetValueOrDefault();
        if (grains.HasOnDeactivate && GrainInstance is IGrainBase grain)
        {
            try
            {
                using var limit = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
                await grain.OnDeactivateAsync(reason, limit.Token).WaitAsync(limit.Token);
            }
            catch (Exception exception)
            {
                Log.DeactivationFailed(Silo.Logger, GrainId, exception);
            }
        }
        Log.Deactivated(Silo.Logger, GrainId, reason);
        await LeaveAsync(grains.Redirect(key));
    }

    private async Task DrainAsync(Task drained)
    {
        try
        {
            await drained.WaitAsync(Silo.Collection.DeactivationTimeout, Silo.Time);
        }
        catch (TimeoutException)
        {
            Log.DeactivationForced(Silo.Logger, GrainId, _gate.Running);
        }
    }

    private void StopTimers()
    {
        List<GrainTimer>? timers;
        lock (_turns.Gate)
        {
            timers = _timers;
            _timers = null;
        }
        if (timers is null) return;
        foreach (var timer in timers) timer.Dispose();
    }

    /// <summary>Out of the directory first, so that whoever finds this one gone finds another in its place.</summary>
    private async Task LeaveAsync(Action<Call> handOn)
    {
        StopTimers();
        await DisposeGrainAsync();
        if (pool is null) grains.Remove(key, this);
        else pool.Remove(this);
        LinkedList<Call>? left;
        lock (_turns.Gate)
        {
            _phase = ActivationPhase.Gone;
            GrainInstance = null;
            left = _waiting;
            _waiting = null;
        }
        if (left is not null)
            foreach (var call in left)
                if (!call.Method.Traits.IsTick && !call.IsAnswered) handOn(call);
        lock (_turns.Gate) _gone?.TrySetResult();
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            if (GrainInstance is IAsyncDisposable later) await later.DisposeAsync();
            else (GrainInstance as IDisposable)?.Dispose();
            if (_scope is { } scope) await scope.DisposeAsync();
            // References may outlive the activation that they last found; what it held shall not.
            _scope = null;
            _states = null;
        }
        catch (Exception exception)
        {
            Log.DeactivationFailed(Silo.Logger, GrainId, exception);
        }
    }
}
