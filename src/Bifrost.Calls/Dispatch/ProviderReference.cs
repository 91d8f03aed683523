using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// A provider as the callers of this silo reach it: by the dispatch that its grain has lent to this silo, for a second with each of its turns
/// (decision 0014), else by a call to the grain. Thread-safe.
/// </summary>
/// <param name="grain">The provider's grain.</param>
/// <param name="time">The clock of the loan.</param>
public sealed class ProviderReference(IProviderGrain grain, TimeProvider time)
{
    /// <summary>How long the dispatch is lent at a time.</summary>
    internal static readonly TimeSpan Term = TimeSpan.FromSeconds(1);

    private volatile Loan? _loan;

    /// <summary>Makes one try: a body, a live stream after its first event, or a classified failure. The caller owns and disposes the reply's body.</summary>
    /// <exception cref="TryNotBegunException">It was not begun, and never will be: nothing was sent.</exception>
    public Task<ProviderReply> MakeAsync(ProviderCall call) =>
        _loan is { } loan && time.GetElapsedTime(loan.BegunAt) < Term ? loan.Run(call) : AskAsync(call);

    /// <summary>For the grain: lends its dispatch for the next second.</summary>
    internal void Lend(Func<ProviderCall, Task<ProviderReply>> run) => _loan = new Loan(run, time.GetTimestamp());

    private async Task<ProviderReply> AskAsync(ProviderCall call)
    {
        var made = new ProviderTry();
        Exception? lost = null;
        try
        {
            await grain.Dispatch(call with { Try = made });
        }
        catch (Exception e)
        {
            lost = e;
        }

        return await (made.Running() ?? throw new TryNotBegunException(lost));
    }

    private sealed record Loan(Func<ProviderCall, Task<ProviderReply>> Run, long BegunAt);
}
