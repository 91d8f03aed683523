using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Keys.Admission;

/// <summary>Ledger entries of a key's attempts.</summary>
internal static class KeyEntries
{
    /// <summary>The entry of a try that ended.</summary>
    public static LedgerEntry Of(Settlement settlement) => new()
    {
        AttemptId = settlement.Ticket.AttemptId,
        LeaseId = LeaseOf(settlement.Ticket.LeaseId),
        Kind = settlement.Outcome == AttemptOutcome.Unknown ? LedgerEntryKind.Unknown : LedgerEntryKind.Settle,
        VirtualKeyId = settlement.Ticket.VirtualKeyId,
        TeamId = settlement.Ticket.TeamId,
        CustomerId = settlement.Ticket.CustomerId,
        Provider = settlement.Provider,
        Model = settlement.Model,
        RequestId = settlement.RequestId,
        JobId = settlement.JobId,
        CostNanos = settlement.CostNanos,
        HoldNanos = settlement.Ticket.HoldNanos,
        Usage = settlement.Usage,
        ReportedNanos = settlement.ReportedNanos,
        Estimated = settlement.Estimated,
        Unpriced = settlement.Unpriced,
        Status = settlement.Status,
        LatencyMs = settlement.LatencyMs,
    };

    /// <summary>The entry that gives credit back which was held for a try that another limit then refused.</summary>
    public static LedgerEntry GivenBack(Guid attemptId, string virtualKeyId, AdmitRequest request, HoldReply hold, KeyRoute route) => new()
    {
        AttemptId = attemptId,
        LeaseId = LeaseOf(hold.LeaseId),
        Kind = LedgerEntryKind.Settle,
        VirtualKeyId = virtualKeyId,
        TeamId = route.TeamId,
        CustomerId = route.CustomerId,
        Provider = request.Provider,
        Model = request.Model,
        RequestId = "",
        CostNanos = 0,
        HoldNanos = hold.HeldNanos,
    };

    private static Guid? LeaseOf(Guid id) => id == Guid.Empty ? null : id;
}
