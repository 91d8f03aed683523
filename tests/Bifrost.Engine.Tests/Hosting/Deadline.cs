namespace Bifrost.Engine.Tests;

/// <summary>Events are awaited in real time, but never for ever.</summary>
internal static class Deadline
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    public static Task InTime(this Task task) => task.WaitAsync(s_limit, TimeProvider.System);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(s_limit, TimeProvider.System);
}
