namespace Bifrost.Embedded.Runtime;

/// <summary>
/// Calls whose callers wait. A sweep ends those that are due; one timer for all, since a timer a call would cost more than the call.
/// Sharded by thread, so that two processors rarely meet.
/// </summary>
internal sealed class PendingCalls(TimeProvider time, TimeSpan defaultTimeout)
{
    private readonly Shard[] _shards = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Shard())];

    public void Add(Call call)
    {
        var timeout = TimeoutOf(call);
        if (timeout == Timeout.InfiniteTimeSpan) return;
        call.DueAt = time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);
        var shard = _shards[Environment.CurrentManagedThreadId % _shards.Length];
        lock (shard.Gate)
        {
            call.Shard = shard;
            call.Next = shard.First;
            if (shard.First is { } first) first.Previous = call;
            shard.First = call;
        }
    }

    public void Remove(Call call)
    {
        if (call.Shard is not { } shard) return;
        lock (shard.Gate) shard.Unlink(call);
    }

    public void EndDue()
    {
        var now = time.GetTimestamp();
        foreach (var shard in _shards)
            if (shard.TakeDue(now) is { } due)
                foreach (var call in due) call.TimeOut(TimeoutOf(call));
    }

    private TimeSpan TimeoutOf(Call call) => call.Method.Traits.ResponseTimeout ?? defaultTimeout;

    internal sealed class Shard
    {
        public Lock Gate { get; } = new();

        public Call? First { get; set; }

        public List<Call>? TakeDue(long now)
        {
            List<Call>? due = null;
            lock (Gate)
            {
                for (var call = First; call is not null;)
                {
                    var next = call.Next;
                    if (call.DueAt <= now)
                    {
                        Unlink(call);
                        (due ??= []).Add(call);
                    }
                    call = next;
                }
            }
            return due;
        }

        public void Unlink(Call call)
        {
            if (call.Shard != this) return;
            if (call.Previous is { } previous) previous.Next = call.Next;
            else First = call.Next;
            if (call.Next is { } next) next.Previous = call.Previous;
            call.Previous = call.Next = null;
            call.Shard = null;
        }
    }
}
