using System.Text;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// Inserts of ledger entries, many rows a statement: its cursors stay at the end of the table and the index, where the next row goes too.
/// The larger part of an entry's cost is here, see the ledger figures of the benchmarks.
/// </summary>
internal sealed class SqliteEntryInserts(SqliteSession session) : IDisposable
{
    /// <summary>Parameters of one row are about this many bytes; longer ones are copied by SQLite.</summary>
    private const int RowBytes = 512;

    private static readonly int[] s_rowCounts = [32, 8, 1];

    private readonly SqliteStatement?[] _statements = new SqliteStatement?[s_rowCounts.Length];

    /// <summary>Inserts those that are new and says of each whether it was.</summary>
    public void Insert(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew)
    {
        for (var at = 0; at < entries.Length;)
        {
            var size = 0;
            while (s_rowCounts[size] > entries.Length - at) size++;
            var count = s_rowCounts[size];
            var taken = InsertRows(size, entries.Slice(at, count), atMs);
            isNew.Slice(at, taken).Fill(true);
            at += taken;

            // The one that stopped the statement is known; go on behind it.
            if (taken < count) isNew[at++] = false;
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement?.Dispose();
    }

    private int InsertRows(int size, ReadOnlySpan<LedgerEntry> entries, long atMs)
    {
        var statement = (_statements[size] ??= Prepare(s_rowCounts[size])).Reset();
        foreach (var entry in entries) Bind(statement, entry, atMs);
        return statement.RunInsert(entries.Length);
    }

    private SqliteStatement Prepare(int rows)
    {
        const string row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        var sql = new StringBuilder($"insert or fail into ledger_entry ({EntrySql.Columns}) values {row}");
        for (var i = 1; i < rows; i++) sql.Append(", ").Append(row);
        return session.PrepareBuffered(sql.ToString(), rows * RowBytes);
    }

    private static void Bind(SqliteStatement row, LedgerEntry entry, long atMs)
    {
        var usage = entry.Usage;
        row.Bind(entry.AttemptId).Bind(entry.LeaseId).Bind((long)entry.Kind).Bind(StorableText.Of(entry.VirtualKeyId))
            .Bind(StorableText.OrNull(entry.TeamId)).Bind(StorableText.OrNull(entry.CustomerId)).Bind(StorableText.Of(entry.Provider))
            .Bind(StorableText.Of(entry.Model)).Bind(StorableText.Of(entry.RequestId)).Bind(StorableText.OrNull(entry.JobId))
            .Bind(entry.CostNanos).Bind(usage.PromptTokens).Bind(usage.CompletionTokens).Bind(usage.CachedReadTokens)
            .Bind(usage.CachedWriteTokens).Bind(usage.ReasoningTokens).Bind(usage.PromptAudioTokens).Bind(usage.CompletionAudioTokens)
            .Bind(usage.CitationTokens).Bind(usage.SearchQueries).Bind(entry.Estimated).Bind(entry.Unpriced).Bind((long)entry.Status)
            .Bind(entry.LatencyMs).Bind(StorableText.OrNull(entry.Reason)).Bind(atMs)
            .Bind(usage.CachedWriteLongTokens).Bind(entry.ReportedNanos);
    }
}
