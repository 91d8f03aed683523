using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Ledger;

/// <summary>What the SQL of entries has in common on both databases.</summary>
internal static class EntrySql
{
    /// <summary>In the order in which both databases write and read them.</summary>
    public const string Columns =
        "attempt_id, lease_id, kind, virtual_key_id, team_id, customer_id, provider, model, request_id, job_id, cost_nanos, prompt_tokens, " +
        "completion_tokens, cached_read_tokens, cached_write_tokens, reasoning_tokens, prompt_audio_tokens, completion_audio_tokens, " +
        "citation_tokens, search_queries, estimated, unpriced, status, latency_ms, reason, at_ms";

    /// <summary>The conditions of a query, each with its value; the caller names the parameters in this order.</summary>
    public static List<(string Condition, object Value)> Filters(LedgerEntryQuery query)
    {
        var filters = new List<(string, object)>();
        Add("attempt_id =", query.AttemptId);
        Add("virtual_key_id =", query.VirtualKeyId);
        Add("team_id =", query.TeamId);
        Add("customer_id =", query.CustomerId);
        Add("provider =", query.Provider);
        Add("model =", query.Model);
        Add("request_id =", query.RequestId);
        Add("job_id =", query.JobId);
        Add("kind =", query.Kind is { } kind ? (long)kind : null);
        Add("status =", query.Status is { } status ? (long)status : null);
        Add("at_ms >=", query.From?.ToUnixTimeMilliseconds());
        Add("at_ms <", query.To?.ToUnixTimeMilliseconds());
        Add("attempt_id <", query.Before);
        return filters;

        void Add(string condition, object? value)
        {
            if (value is not null) filters.Add((condition, value));
        }
    }

    public static int CountOf(LedgerEntryQuery query) => Math.Clamp(query.CountMax, 1, LedgerEntryQuery.CountLimit);
}
