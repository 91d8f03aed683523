using Bifrost.Chat.Usage;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Benchmarks.Ledger;

/// <summary>An ordinary call as the ledger sees it.</summary>
internal static class LedgerCall
{
    public static BudgetChain Chain { get; } =
        BudgetChain.Of(Enumerable.Range(0, 3).Select(i => new ChainBudget($"0199c2a5-7d10-7c3e-9f1a-00000000000{i}", BudgetLevel.Team, $"team_{i}")));

    public static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    public static LedgerEntry Entry(Guid attemptId, Guid leaseId) => new()
    {
        AttemptId = attemptId, LeaseId = leaseId, Kind = LedgerEntryKind.Settle, VirtualKeyId = "vk_0000000000000001", TeamId = "team_1", CustomerId = "customer_1",
        Provider = "openai", Model = "small-model-2026", RequestId = attemptId.ToString("N"), CostNanos = 20_000,
        Usage = new TokenUsage { PromptTokens = 120, CompletionTokens = 250 }, Status = 200, LatencyMs = 412,
    };
}
