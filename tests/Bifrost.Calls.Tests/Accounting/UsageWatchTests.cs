using Bifrost.Calls.Accounting;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Tests.Accounting;

public class UsageWatchTests
{
    private static readonly Ticket s_ticket = new() { AttemptId = Guid.Empty, VirtualKeyId = "vk" };

    private readonly FakeTimeProvider _time = new();
    private readonly Lines _log = new();
    private readonly UsageWatch _watch;

    public UsageWatchTests() => _watch = new UsageWatch(metrics: null, _time, _log);

    /// <summary>An upstream that lies in every answer must not fill the log.</summary>
    [Fact]
    public void Says_once_a_minute_for_each_model_that_its_usage_cannot_be()
    {
        for (var i = 0; i < 100; i++) Judge(UsageFaults.ZeroOutput, "m");
        Judge(UsageFaults.AboveBound, "other");
        Assert.Equal(2, _log.Count);

        _time.Advance(TimeSpan.FromSeconds(59));
        Judge(UsageFaults.Impossible, "m");
        Assert.Equal(2, _log.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Judge(UsageFaults.Impossible, "m");
        Assert.Equal(3, _log.Count);
    }

    [Fact]
    public void Models_beyond_a_limit_share_one_line_a_minute()
    {
        for (var i = 0; i < 3_000; i++) Judge(UsageFaults.NoCount, $"m{i}");

        Assert.InRange(_log.Count, 1_024, 1_025);
    }

    [Fact]
    public void Does_not_complain_of_providers_that_tell_no_usage()
    {
        foreach (var faults in (ReadOnlySpan<UsageFaults>)[UsageFaults.None, UsageFaults.Missing, UsageFaults.Partial]) Judge(faults, "m");

        Assert.Equal(0, _log.Count);
    }

    private void Judge(UsageFaults faults, string model) =>
        _watch.Judged(new JudgedUsage(new TokenUsage(), Estimated: true, faults), s_ticket, "p", model);

    private sealed class Lines : ILogger
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Assert.Equal(LogLevel.Warning, logLevel);
            Count++;
        }
    }
}
