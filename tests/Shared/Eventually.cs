using System.Runtime.CompilerServices;

namespace Bifrost.Testing;

/// <summary>
/// Waiting in real time. All tests share one limit, far above what a loaded machine needs: a wrong answer fails a test by its assertion, and
/// only something that never happens reaches the limit and throws <see cref="TimeoutException"/>.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest that a test waits for anything; also the timeout of HTTP clients.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(3);

    public static Task InTimeAsync(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> InTimeAsync<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    /// <summary>Looks again and again until it holds.</summary>
    public static Task UntilAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        UntilAsync(() => Task.FromResult(holds()), static held => held, static _ => "", what);

    /// <summary>Looks again and again until it holds.</summary>
    public static Task UntilAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        UntilAsync(holds, static held => held, static _ => "", what);

    /// <summary>Looks again and again until it sees what it looks for, and answers that.</summary>
    /// <param name="look">What is seen now. A wrong answer is its own to refuse, by an assertion.</param>
    /// <param name="found">Whether that is what the test waits for.</param>
    /// <param name="say">What was seen last, in words.</param>
    /// <param name="what">What the test waits for.</param>
    public static async Task<T> UntilAsync<T>(
        Func<Task<T>> look, Predicate<T> found, Func<T, string> say, [CallerArgumentExpression(nameof(found))] string what = "")
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look().InTimeAsync();
            if (found(seen)) return seen;
            if (TimeProvider.System.GetElapsedTime(begun) > Limit) throw NotInTime($"{what}; seen last: {say(seen)}");
            await Task.Delay(s_pause, TimeProvider.System);
        }
    }

    /// <summary>Repeats a step, such as moving a fake clock on, until it holds; after each step other threads get their turn.</summary>
    public static async Task RepeatAsync(Action step, Func<bool> until, [CallerArgumentExpression(nameof(until))] string what = "")
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!until())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Limit) throw NotInTime(what);
            step();
            for (var i = 0; i < 1_000 && !until(); i++) await Task.Yield();
        }
    }

    private static TimeoutException NotInTime(string what) => new($"Not within {Limit.TotalMinutes:0} minutes: {what}");
}
