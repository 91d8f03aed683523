using Bifrost.Chat.Usage;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Harness;

internal static class Commands
{
    public const string Key = "vk_1";

    /// <summary>An Acquire of a call that can do with no less than its need.</summary>
    public static AcquireCommand Acquire(Guid lease, Guid holder, long need, long want, params string[] chain) => new()
    {
        LeaseId = lease,
        HolderId = holder,
        VirtualKeyId = Key,
        BudgetIds = [.. chain.Order(StringComparer.Ordinal)],
        LeastNanos = need,
        NeedNanos = need,
        WantNanos = want,
    };

    public static LedgerEntry Entry(Guid attempt, Guid? lease, long cost) => new()
    {
        AttemptId = attempt,
        LeaseId = lease,
        Kind = LedgerEntryKind.Settle,
        VirtualKeyId = Key,
        TeamId = "team_1",
        Provider = "sim",
        Model = "small",
        RequestId = "req_1",
        CostNanos = cost,
        Usage = new TokenUsage { PromptTokens = 10, CompletionTokens = 20, CachedReadTokens = 1, SearchQueries = 2 },
        Status = 200,
        LatencyMs = 12,
    };
}
