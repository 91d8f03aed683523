using System.Collections.Concurrent;

namespace Bifrost.KillTest.Jobs;

/// <summary>What the submitters still have to bring in, and every id that the gateway gave them.</summary>
internal sealed class JobBook(int total, int seed)
{
    private readonly ConcurrentQueue<int> _due = new();
    private readonly ConcurrentDictionary<int, string> _accepted = new();
    private readonly ConcurrentBag<string> _wrong = [];
    private int _released;
    private int _repeats;

    public int Total => total;

    /// <summary>Job number to job id.</summary>
    public IReadOnlyDictionary<int, string> Accepted => (IReadOnlyDictionary<int, string>)_accepted;

    /// <summary>Submissions of a number that had been accepted before.</summary>
    public int Repeats => _repeats;

    public IEnumerable<string> Wrong => _wrong;

    /// <summary>Lets the next share of the jobs in.</summary>
    public void Release(int count)
    {
        for (var i = 0; i < count && _released < total; i++) _due.Enqueue(_released++);
    }

    public bool TryTake(out int number) => _due.TryDequeue(out number);

    /// <summary>Nobody knows whether it came in: it is submitted again, under the same idempotency key.</summary>
    public void PutBack(int number) => _due.Enqueue(number);

    public void Accept(int number, string id)
    {
        var first = _accepted.GetOrAdd(number, id);
        if (first != id) _wrong.Add($"job {number} was accepted as {first} and again as {id}");
    }

    /// <summary>One in twenty is submitted once more although its id is known.</summary>
    public void MaybeRepeat(int number, Random random)
    {
        if (random.Next(20) != 0) return;
        Interlocked.Increment(ref _repeats);
        _due.Enqueue(number);
    }

    /// <summary>The same number is the same job in every submission. Most have money, the others run into their budgets.</summary>
    public (string Key, string Model, int PromptBytes) Of(int number)
    {
        var random = new Random(unchecked((seed * 397) ^ number));
        var key = random.Next(10) < 6 ? Scenario.Keys[0] : Scenario.Keys[random.Next(Scenario.Keys.Length)];
        return (key, Scenario.Model(Scenario.Models[random.Next(Scenario.Models.Length)], key), random.Next(20, 400));
    }

    public static string IdempotencyKey(int number) => $"kill-{number:D6}";
}
