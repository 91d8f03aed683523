namespace Bifrost.Server.Tests.Ledger;

/// <summary>One try of a caller of a busy team.</summary>
/// <param name="Began">When it was sent.</param>
/// <param name="Ended">When it was answered.</param>
/// <param name="Status">Of its answer: 200, or a refusal.</param>
/// <param name="CostNanos">What it cost; of a refused one what it would have cost.</param>
internal sealed record BusyCall(TimeSpan Began, TimeSpan Ended, int Status, long CostNanos)
{
    public bool IsPaid => Status == 200;

    /// <summary>From the first refusal of a payable call to the moment its caller was paid, or refused what could not be paid, or gave up.</summary>
    /// <param name="calls">One caller's tries, in their order.</param>
    /// <param name="isPayable">Whether a refused try could have been paid.</param>
    public static TimeSpan LongestRefusal(IEnumerable<BusyCall> calls, Predicate<BusyCall> isPayable)
    {
        var longest = TimeSpan.Zero;
        TimeSpan? since = null;
        foreach (var call in calls)
        {
            if (!call.IsPaid && !isPayable(call))
            {
                since = null;
                continue;
            }

            if (!call.IsPaid) since ??= call.Began;
            var until = call.IsPaid ? call.Began : call.Ended;
            if (until - since is { } refused && refused > longest) longest = refused;
            if (call.IsPaid || call.Status == 402) since = null;
        }

        return longest;
    }
}
