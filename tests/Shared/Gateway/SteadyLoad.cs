using System.Collections.Concurrent;

namespace Bifrost.Testing;

/// <summary>Callers that call one after the other until they are told to stop, and when each call began and how it ended.</summary>
internal sealed class SteadyLoad
{
    /// <summary>After a refusal, so that refusals leave the machine to the calls that matter.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<SteadyCall> _calls = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _callers = [];

    public static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    public IReadOnlyCollection<SteadyCall> Calls => _calls;

    public SteadyLoad Add(AdminServer server, string secret, string body, int callers)
    {
        for (var i = 0; i < callers; i++) _callers.Add(CallAsync(server, secret, body));
        return this;
    }

    /// <summary>Waits until so many calls that began after a moment are as they should be.</summary>
    public async Task UntilAsync(int count, TimeSpan since, Predicate<SteadyCall> which)
    {
        await Eventually.UntilAsync(
            async () =>
            {
                foreach (var caller in _callers)
                    if (caller.IsFaulted) await caller;
                return _calls.Count(call => call.Began > since && which(call));
            },
            found => found >= count,
            found => $"{found} of {count}; the last calls: {string.Join("; ", _calls.TakeLast(5))}");
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
        _stop.Dispose();
    }

    private async Task CallAsync(AdminServer server, string secret, string body)
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            var began = Now;
            var answer = await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, secret);
            var type = answer.Status == 200 ? "" : answer.Json.GetProperty("type").GetString()!;
            _calls.Enqueue(new SteadyCall(began, secret, answer.Status, type, answer.Header("Retry-After")));
            if (answer.Status != 200) await Task.Delay(s_pause, TimeProvider.System);
        }
    }
}

/// <summary>One call of a load.</summary>
/// <param name="Began">Before it was sent.</param>
internal sealed record SteadyCall(TimeSpan Began, string Secret, int Status, string Type, string? RetryAfter)
{
    public bool Paid => Status == 200;

    /// <summary>The ledger cannot be reached, said in full.</summary>
    public bool Unavailable => (Status, Type) == (503, "ledger_unavailable") && RetryAfter is not null;
}
