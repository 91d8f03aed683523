using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The rows of <c>ledger_entry</c>.</summary>
internal static class PostgresEntries
{
    private static readonly string InsertSql =
        $"insert into ledger_entry ({EntrySql.Columns}) select * from unnest({QueryText.Parameters(EntrySql.ColumnCount)})";

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
            Column(e => e.LatencyMs), Column(e => StorableText.OrNull(e.Reason)), P(entries.ConvertAll(e => e.AtMs).ToArray()),
            Column(e => e.Usage.CachedWriteLongTokens), Column(e => e.ReportedNanos));

        NpgsqlParameter Column<T>(Func<LedgerEntry, T> of)
        {
            var values = new T[entries.Count];
            for (var i = 0; i < values.Length; i++) values[i] = of(entries[i].Entry);
            return P(values);
        }
    }
}
