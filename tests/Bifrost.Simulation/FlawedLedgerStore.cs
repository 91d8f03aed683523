using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

/// <summary>
/// The product's transaction with one fault planted around it: a command that never arrives, a time that is wrong, or rows that lie
/// (<see cref="FlawedLedgerRows"/>).
/// </summary>
internal sealed class FlawedLedgerStore(TimeProvider time, LedgerFlaw flaw) : InMemoryLedgerStore(time)
{
    private static readonly ForgottenLeases Nothing = new(TimeSpan.FromDays(36_500), TimeSpan.FromDays(36_500));

    public override Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
    {
        var arrived = flaw switch
        {
            LedgerFlaw.CloseLeavesNoTombstone => batch with { GiveBacks = batch.GiveBacks.RemoveAll(command => !Leases.ContainsKey(command.LeaseId)) },
            LedgerFlaw.NeverTrims => batch with { GiveBacks = batch.GiveBacks.RemoveAll(command => command.Kind == GiveBackKind.Trim) },
            LedgerFlaw.LeaveNeverArrives => batch with { GiveBacks = batch.GiveBacks.RemoveAll(command => command.Kind == GiveBackKind.Leave) },
            LedgerFlaw.LeaveForgetsItsHolds => batch with { GiveBacks = [.. batch.GiveBacks.Select(command => command with { Holds = [] })] },
            _ => batch,
        };
        return base.RunAsync(arrived, cancellationToken);
    }

    protected override InMemoryLedgerRows OpenRows() => flaw == LedgerFlaw.None ? base.OpenRows() : new FlawedLedgerRows(this, flaw);

    protected override LedgerTransaction Begin(ILedgerRows rows) =>
        flaw == LedgerFlaw.GrantsWhatItForgot ? new LedgerTransaction(rows, NowMs, Nothing) : base.Begin(rows);
}
