using System.Collections.Concurrent;

namespace Bifrost.Simulator.Billing;

/// <summary>What this upstream would charge, one line a call, in the order of their coming. Bounded: the oldest lines go first.</summary>
internal sealed class Bill(int linesMax, TimeProvider time, BillFile? file)
{
    private readonly ConcurrentQueue<BillLine> _lines = new();
    private long _number;
    private long _count;
    private long _dropped;

    /// <summary>Lines that had to go since the last reset.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public IEnumerable<BillLine> Lines => _lines;

    public BillLine Open(string requestId)
    {
        var line = new BillLine(Interlocked.Increment(ref _number), time.GetUtcNow(), requestId);
        _lines.Enqueue(line);
        if (Interlocked.Increment(ref _count) > linesMax && _lines.TryDequeue(out _))
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
        }
        return line;
    }

    /// <summary>The line is final; it waits where the file is slower than the calls, so that none is missing from it.</summary>
    public ValueTask CloseAsync(BillLine line) => file is null ? ValueTask.CompletedTask : file.AppendAsync(line);

    /// <summary>Forgets all lines, those of running calls included. The file keeps what it has.</summary>
    public void Reset()
    {
        while (_lines.TryDequeue(out _)) Interlocked.Decrement(ref _count);
        Interlocked.Exchange(ref _dropped, 0);
    }
}
