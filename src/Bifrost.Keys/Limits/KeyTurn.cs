using System.Runtime.CompilerServices;

namespace Bifrost.Keys.Limits;

/// <summary>
/// One thing at a time for one key's rules, like a grain's turn, but for callers on any thread. Whoever takes it leaves it while it waits
/// (<see cref="Outside{T}"/>), so it is held for a calculation and never longer.
/// </summary>
internal sealed class KeyTurn
{
    private readonly Lock _lock = new();

    /// <summary>Takes the turn until what this answers is disposed. Who has it may take it again.</summary>
    public Held Take()
    {
        _lock.Enter();
        return new Held(_lock);
    }

    /// <summary>Waits outside of the turn, and takes it again. To be awaited at once, by whoever has taken the turn.</summary>
    public Wait<T> Outside<T>(ValueTask<T> task) => new(_lock, task);

    /// <inheritdoc cref="Outside{T}"/>
    public Wait<bool> Outside(Task task) => Outside(EndOf(task));

    private static async ValueTask<bool> EndOf(Task task)
    {
        await task;
        return true;
    }

    /// <summary>The turn, taken.</summary>
    public readonly struct Held(Lock turn) : IDisposable
    {
        public void Dispose() => turn.Exit();
    }

    /// <summary>A wait, which is its own awaiter.</summary>
    public struct Wait<T>(Lock turn, ValueTask<T> task) : ICriticalNotifyCompletion
    {
        private readonly ValueTaskAwaiter<T> _awaiter = task.GetAwaiter();

        // Set where the compiler asks whether to wait: only this copy of the awaiter comes to GetResult.
        private bool _left;

        public bool IsCompleted => !(_left = !_awaiter.IsCompleted);

        public readonly Wait<T> GetAwaiter() => this;

        public readonly void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public readonly void UnsafeOnCompleted(Action continuation)
        {
            turn.Exit();
            _awaiter.UnsafeOnCompleted(continuation);
        }

        public readonly T GetResult()
        {
            if (_left) turn.Enter();
#pragma warning disable VSTHRD002 // It has come: this is what awaits it.
            return _awaiter.GetResult();
#pragma warning restore VSTHRD002
        }
    }
}
