using Bifrost.Chat.Usage;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of <c>ledger_entry</c>.</summary>
internal static class SqliteEntries
{
    public static LedgerEntry Read(SqliteStatement row) => new()
    {
        AttemptId = row.Id(0),
        LeaseId = row.IdOrNull(1),
        Kind = (LedgerEntryKind)row.Int(2),
        VirtualKeyId = row.Text(3),
        TeamId = row.TextOrNull(4),
        CustomerId = row.TextOrNull(5),
        Provider = row.Text(6),
        Model = row.Text(7),
        RequestId = row.Text(8),
        JobId = row.TextOrNull(9),
        CostNanos = row.Long(10),
        Usage = new TokenUsage
        {
            PromptTokens = row.Long(11),
            CompletionTokens = row.Long(12),
            CachedReadTokens = row.Long(13),
            CachedWriteTokens = row.Long(14),
            ReasoningTokens = row.Long(15),
            PromptAudioTokens = row.Long(16),
            CompletionAudioTokens = row.Long(17),
            CitationTokens = row.Long(18),
            SearchQueries = row.Long(19),
        },
        Estimated = row.Bool(20),
        Unpriced = row.Bool(21),
        Status = row.Int(22),
        LatencyMs = row.Long(23),
        Reason = row.TextOrNull(24),
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(25)),
    };
}
