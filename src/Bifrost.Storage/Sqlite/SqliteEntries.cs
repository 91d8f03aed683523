using Bifrost.Abstractions.Chat;
using Bifrost.Core.Ledger;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of <c>ledger_entry</c>.</summary>
internal static class SqliteEntries
{
    /// <summary>False: an entry of this attempt is there already.</summary>
    public static bool TryInsert(SqliteSession session, LedgerEntry entry, long atMs)
    {
        var usage = entry.Usage;
        return session.Prepare(
                $"insert into ledger_entry ({EntrySql.Columns}) " +
                "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (attempt_id) do nothing")
            .Bind(entry.AttemptId).Bind(entry.LeaseId).Bind((long)entry.Kind).Bind(StorableText.Of(entry.VirtualKeyId))
            .Bind(StorableText.OrNull(entry.TeamId)).Bind(StorableText.OrNull(entry.CustomerId)).Bind(StorableText.Of(entry.Provider))
            .Bind(StorableText.Of(entry.Model)).Bind(StorableText.Of(entry.RequestId)).Bind(StorableText.OrNull(entry.JobId))
            .Bind(entry.CostNanos).Bind(usage.PromptTokens).Bind(usage.CompletionTokens).Bind(usage.CachedReadTokens)
            .Bind(usage.CachedWriteTokens).Bind(usage.ReasoningTokens).Bind(usage.PromptAudioTokens).Bind(usage.CompletionAudioTokens)
            .Bind(usage.CitationTokens).Bind(usage.SearchQueries).Bind(entry.Estimated).Bind(entry.Unpriced).Bind((long)entry.Status)
            .Bind(entry.LatencyMs).Bind(StorableText.OrNull(entry.Reason)).Bind(atMs).Run() == 1;
    }

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
