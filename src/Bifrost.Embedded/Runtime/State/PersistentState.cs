using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Embedded.Runtime;

/// <summary>
/// One state of one activation. Operations run one after another, in the order they were asked for; a write that finds another write still
/// waiting joins it, so a reentrant grain's writes are grouped. All fields are owned by the activation's turns.
/// </summary>
internal sealed class PersistentState<T>(Activation activation, string name, IGrainStorage storage) : IPersistentState<T>, IPersistentStateSlot
{
    private readonly GrainState<T> _record = new(NewState());
    private Task _last = Task.CompletedTask;
    private Task? _waitingWrite;

    private delegate Task Operation(string stateName, GrainId grainId, IGrainState<T> grainState);

    public T State
    {
        get
        {
            activation.EnsureInTurn();
            return _record.State!;
        }
        set
        {
            activation.EnsureInTurn();
            _record.State = value;
        }
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _record.RecordExists;

    public Task ReadStateAsync() => Queue(storage.ReadStateAsync, "Read");

    public Task ClearStateAsync() => Queue(storage.ClearStateAsync, "Clear");

    public Task WriteStateAsync()
    {
        activation.EnsureInTurn();
        if (_waitingWrite is { } waiting) return waiting;
        if (_last.IsCompleted) return _last = RunAsync(storage.WriteStateAsync, "Write");
        return _waitingWrite = _last = AfterAsync(_last, storage.WriteStateAsync, "Write");
    }

    private Task Queue(Operation operation, string what)
    {
        activation.EnsureInTurn();
        // A write asked for after this must not join one from before it.
        _waitingWrite = null;
        return _last = _last.IsCompleted ? RunAsync(operation, what) : AfterAsync(_last, operation, what);
    }

    private async Task AfterAsync(Task previous, Operation operation, string what)
    {
        var isWaitingWrite = what == "Write";
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (isWaitingWrite) _waitingWrite = null;
        await RunAsync(operation, what);
    }

    private async Task RunAsync(Operation operation, string what)
    {
        try
        {
            await operation(name, activation.GrainId, _record);
        }
        catch (Exception exception)
        {
            Log.StorageFailed(activation.Silo.Logger, what, name, activation.GrainId, exception);
            if (exception is OrleansException) throw;
            throw new OrleansException($"{what} of state {name} of grain {activation.GrainId} failed: {exception.Message}", exception);
        }
    }

    // As the real serializer does: the parameterless constructor, else an empty object.
    private static T NewState() =>
        typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null
            ? Activator.CreateInstance<T>()
            : (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
}
