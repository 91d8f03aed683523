using System.Collections.Concurrent;
using Bifrost.Calls.Limits;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Accounting;

/// <summary>What a process learns from the usages that it books, and tells of them. One per process; thread-safe.</summary>
/// <param name="metrics">Counts; null: nobody reads them.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class UsageWatch(CallMetrics? metrics, TimeProvider time, ILogger log)
{
    /// <summary>Models beyond this share one place, hence one line.</summary>
    private const int ModelsMax = 1_024;

    private const UsageFaults Logged = ~(UsageFaults.Missing | UsageFaults.Partial);

    private readonly ConcurrentDictionary<(string Provider, string Model), QuietLine> _lines = new();
    private readonly QuietLine _others = new(time);

    public OutputRates Rates { get; } = new();

    /// <summary>A usage was booked that is not plausible, or not as it was told.</summary>
    public void Judged(in JudgedUsage judged, Ticket ticket, string provider, string model)
    {
        if (judged.Faults == UsageFaults.None) return;
        metrics?.Implausible(judged.Faults);
        if ((judged.Faults & Logged) != 0 && MayLog(provider, model))
        {
            Log.UsageImplausible(
                log, provider, model, judged.Faults, ticket.AttemptId, judged.Usage.PromptTokens, judged.Usage.CompletionTokens,
                ticket.Bound.PromptTokens, ticket.Bound.CompletionTokens);
        }
    }

    public void CutShort(ClosingRule rule) => metrics?.CutShort(rule);

    private bool MayLog(string provider, string model)
    {
        if (!_lines.TryGetValue((provider, model), out var line))
            line = _lines.Count < ModelsMax ? _lines.GetOrAdd((provider, model), static (_, clock) => new QuietLine(clock), time) : _others;
        return line.TryAgain() is not null;
    }
}
