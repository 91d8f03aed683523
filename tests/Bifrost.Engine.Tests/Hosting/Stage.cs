using System.Collections.Concurrent;

namespace Bifrost.Engine.Tests;

/// <summary>Where a test and the grains it plays with meet, outside of any engine: what happened, and when it may go on.</summary>
internal sealed class Stage
{
    private static readonly ConcurrentDictionary<string, Stage> s_stages = new();

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _notes = [];
    private readonly List<(Func<bool> Met, TaskCompletionSource Done)> _watchers = [];
    private int _inside;

    /// <summary>At most this many were between Enter and Leave at once.</summary>
    public int Peak { get; private set; }

    public int Entered { get; private set; }

    /// <summary>Completes when the test opens it.</summary>
    public Task Gate => _open.Task;

    public IReadOnlyList<string> Notes
    {
        get
        {
            lock (_gate) return [.. _notes];
        }
    }

    public static Stage Of(string key) => s_stages.GetOrAdd(key, _ => new());

    public void Open() => _open.TrySetResult();

    public void Enter() => Do(() =>
    {
        Entered++;
        Peak = Math.Max(Peak, ++_inside);
    });

    public void Leave() => Do(() => _inside--);

    public void Note(string note) => Do(() => _notes.Add(note));

    public Task UntilEntered(int count) => Until(() => Entered >= count);

    public Task UntilNoted(string note, int times = 1) => Until(() => _notes.Count(n => n == note) >= times);

    private Task Until(Func<bool> met)
    {
        lock (_gate)
        {
            if (met()) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((met, done));
            return done.Task.InTime();
        }
    }

    private void Do(Action change)
    {
        lock (_gate)
        {
            change();
            foreach (var (met, done) in _watchers)
                if (met()) done.TrySetResult();
        }
    }
}
