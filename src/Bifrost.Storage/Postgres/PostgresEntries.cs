using Bifrost.Chat.Usage;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The rows of <c>ledger_entry</c>.</summary>
internal static class PostgresEntries
{
    private static readonly string InsertSql =
        $"insert into ledger_entry ({EntrySql.Columns}) select * from unnest({string.Join(", ", Enumerable.Range(1, 26).Select(i => $"${i}"))})";

    /// <summary>
    /// All entries in one statement of arrays. None of them was there when the leases were locked; one that appears meanwhile is a
    /// duplicate in flight, a unique violation, and the transaction runs again.
    /// </summary>
    public static void AddInsert(NpgsqlBatch batch, List<(LedgerEntry Entry, long AtMs)> entries)
    {
        if (entries.Count == 0) return;
        batch.Then(
            InsertSql,
            Column(e => e.AttemptId), Column(e => e.LeaseId), Column(e => (short)e.Kind), Column(e => StorableText.Of(e.VirtualKeyId)),
            Column(e => StorableText.OrNull(e.TeamId)), Column(e => StorableText.OrNull(e.CustomerId)), Column(e => StorableText.Of(e.Provider)),
            Column(e => StorableText.Of(e.Model)), Column(e => StorableText.Of(e.RequestId)), Column(e => StorableText.OrNull(e.JobId)),
            Column(e => e.CostNanos), Column(e => e.Usage.PromptTokens), Column(e => e.Usage.CompletionTokens),
            Column(e => e.Usage.CachedReadTokens), Column(e => e.Usage.CachedWriteTokens), Column(e => e.Usage.ReasoningTokens),
            Column(e => e.Usage.PromptAudioTokens), Column(e => e.Usage.CompletionAudioTokens), Column(e => e.Usage.CitationTokens),
            Column(e => e.Usage.SearchQueries), Column(e => e.Estimated), Column(e => e.Unpriced), Column(e => e.Status),
            Column(e => e.LatencyMs), Column(e => StorableText.OrNull(e.Reason)), P(entries.ConvertAll(e => e.AtMs).ToArray()));

        NpgsqlParameter Column<T>(Func<LedgerEntry, T> of)
        {
            var values = new T[entries.Count];
            for (var i = 0; i < values.Length; i++) values[i] = of(entries[i].Entry);
            return P(values);
        }
    }

    public static LedgerEntry Read(NpgsqlDataReader row) => new()
    {
        AttemptId = row.GetGuid(0),
        LeaseId = row.OrNull<Guid>(1),
        Kind = (LedgerEntryKind)row.GetInt16(2),
        VirtualKeyId = row.GetString(3),
        TeamId = row.TextOrNull(4),
        CustomerId = row.TextOrNull(5),
        Provider = row.GetString(6),
        Model = row.GetString(7),
        RequestId = row.GetString(8),
        JobId = row.TextOrNull(9),
        CostNanos = row.GetInt64(10),
        Usage = new TokenUsage
        {
            PromptTokens = row.GetInt64(11),
            CompletionTokens = row.GetInt64(12),
            CachedReadTokens = row.GetInt64(13),
            CachedWriteTokens = row.GetInt64(14),
            ReasoningTokens = row.GetInt64(15),
            PromptAudioTokens = row.GetInt64(16),
            CompletionAudioTokens = row.GetInt64(17),
            CitationTokens = row.GetInt64(18),
            SearchQueries = row.GetInt64(19),
        },
        Estimated = row.GetBoolean(20),
        Unpriced = row.GetBoolean(21),
        Status = row.GetInt32(22),
        LatencyMs = row.GetInt64(23),
        Reason = row.TextOrNull(24),
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(25)),
    };
}
