using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Model;

/// <summary>A network to the store that delays and repeats.</summary>
internal sealed class ModelNetwork(Random random)
{
    private static readonly int[] s_delays = [0, 0, 0, 0, 0, 0, 1, 3, 9, 14];
    private static readonly int[] s_again = [0, 2, 12];

    private readonly List<Message> _messages = [];

    public void Send(long nowMs, LedgerBatch batch, Action<string>? answer) => Send(nowMs, null, batch, answer);

    public void Send(long nowMs, Func<Task<string>> run) => Send(nowMs, run, null, null);

    /// <summary>Sends it once more at a time, without anyone who waits for the answer.</summary>
    public void Repeat(long dueMs, LedgerBatch batch) => _messages.Add(new Message(dueMs, null, batch, null));

    /// <summary>Some of what is due, in any order.</summary>
    public Message[] TakeDue(long nowMs)
    {
        var due = _messages.Where(message => message.DueMs <= nowMs).ToArray();
        random.Shuffle(due);
        due = due[..Math.Min(due.Length, random.Next(1, 6))];
        foreach (var message in due) _messages.Remove(message);
        return due;
    }

    /// <summary>What is due next; null when nothing is on its way.</summary>
    public Message? TakeNext()
    {
        var next = _messages.MinBy(message => message.DueMs);
        if (next is not null) _messages.Remove(next);
        return next;
    }

    private void Send(long nowMs, Func<Task<string>>? run, LedgerBatch? batch, Action<string>? answer)
    {
        _messages.Add(new Message(nowMs + (1_000 * s_delays[random.Next(s_delays.Length)]), run, batch, answer));
        if (random.NextDouble() < 0.15) _messages.Add(new Message(nowMs + (1_000 * s_again[random.Next(s_again.Length)]), run, batch, null));
    }
}

/// <summary>A command on its way to the store. <paramref name="Answer"/> gets the reply, unless it is lost.</summary>
internal sealed record Message(long DueMs, Func<Task<string>>? Run, LedgerBatch? Batch, Action<string>? Answer);
