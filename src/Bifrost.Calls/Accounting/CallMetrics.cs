using System.Diagnostics.Metrics;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Accounting;

/// <summary>What was booked otherwise than the provider told it. One per process. Labels are words of this file.</summary>
public sealed class CallMetrics
{
    public const string MeterName = "Bifrost.Calls";

    private static readonly (UsageFaults Fault, string Kind)[] s_kinds =
    [
        (UsageFaults.Missing, "missing"),
        (UsageFaults.Partial, "partial"),
        (UsageFaults.NoCount, "no_count"),
        (UsageFaults.ZeroPrompt, "zero_prompt"),
        (UsageFaults.ZeroOutput, "zero_output"),
        (UsageFaults.AboveBound, "above_bound"),
        (UsageFaults.Impossible, "impossible"),
    ];

    private readonly Counter<long> _implausible;
    private readonly Counter<long> _cutShort;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _implausible = meter.CreateCounter<long>(
            "bifrost.usage.implausible", "{answer}", "Answers whose usage was not told or cannot be, by what is wrong with it.");
        _cutShort = meter.CreateCounter<long>(
            "bifrost.calls.cut_short", "{call}", "Tries that ended before their usage was stated, by the rule that they were booked by.");

        // A counter that is not there until it counts hides its first event from every rate.
        foreach (var (_, kind) in s_kinds) _implausible.Add(0, Tag("kind", kind));
        foreach (var rule in Enum.GetValues<ClosingRule>()) CutShort(rule, 0);
    }

    internal void Implausible(UsageFaults faults)
    {
        foreach (var (fault, kind) in s_kinds)
            if ((faults & fault) != 0) _implausible.Add(1, Tag("kind", kind));
    }

    internal void CutShort(ClosingRule rule) => CutShort(rule, 1);

    private void CutShort(ClosingRule rule, int times) => _cutShort.Add(times, Tag("rule", WordOf(rule)));

    private static string WordOf(ClosingRule rule) => rule switch
    {
        ClosingRule.Stops => "stops",
        ClosingRule.Free => "free",
        _ => "runs_on",
    };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
