using Bifrost.Chat.Usage;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Ledger;

/// <summary>The rows of <c>ledger_entry</c>, as both databases write and read them.</summary>
internal static class EntrySql
{
    public const int ColumnCount = 28;

    public const string Columns =
        "attempt_id, lease_id, kind, virtual_key_id, team_id, customer_id, provider, model, request_id, job_id, cost_nanos, prompt_tokens, " +
        "completion_tokens, cached_read_tokens, cached_write_tokens, reasoning_tokens, prompt_audio_tokens, completion_audio_tokens, " +
        "citation_tokens, search_queries, estimated, unpriced, status, latency_ms, reason, at_ms, " +
        "cached_write_1h_tokens, reported_nanos";

    /// <summary>A page of entries, the newest first.</summary>
    public static QueryText Page(LedgerEntryQuery query) => new QueryText($"select {Columns} from ledger_entry where true")
        .And("attempt_id =", query.AttemptId)
        .And("virtual_key_id =", query.VirtualKeyId)
        .And("team_id =", query.TeamId)
        .And("customer_id =", query.CustomerId)
        .And("provider =", query.Provider)
        .And("model =", query.Model)
        .And("request_id =", query.RequestId)
        .And("job_id =", query.JobId)
        .And("kind =", (long?)query.Kind)
        .And("status =", (long?)query.Status)
        .And("at_ms >=", query.From?.ToUnixTimeMilliseconds())
        .And("at_ms <", query.To?.ToUnixTimeMilliseconds())
        .And("attempt_id <", query.Before)
        .Limit("attempt_id desc", Math.Clamp(query.CountMax, 1, LedgerEntryQuery.CountLimit));

    public static LedgerEntry Read(IRow row) => new()
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
            CachedWriteLongTokens = row.Long(26),
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
        At = row.Time(25),
        ReportedNanos = row.LongOrNull(27),
    };
}
