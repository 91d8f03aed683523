using System.Globalization;
using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Ledger;

/// <summary><c>/api/ledger/entries</c>: the ledger's lines, the newest first, and corrections of them.</summary>
internal sealed class EntryRoutes(ILedgerReader reader, ILedgerStore ledger, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/ledger/entries";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/{attempt}", GetAsync),
        AdminRoute.Post(Root + "/{attempt}/adjust", AdjustAsync),
    ];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var query = new LedgerEntryQuery
        {
            VirtualKeyId = call.Query("virtual_key_id"),
            TeamId = call.Query("team_id"),
            CustomerId = call.Query("customer_id"),
            Provider = call.Query("provider"),
            Model = call.Query("model"),
            RequestId = call.Query("request_id"),
            JobId = call.Query("job_id"),
            Kind = call.Word("kind", "settle", "unknown", "adjust") is { } kind ? Enum.Parse<LedgerEntryKind>(kind, ignoreCase: true) : null,
            Status = call.Query("status") is null ? null : call.Whole("status", 0, 0, 999),
            From = call.Time("start_time"),
            To = call.Time("end_time"),
            Before = call.Uuid("after"),
            CountMax = call.Limit(),
        };
        if (call.Findings.Error is { } error) return error;
        var entries = await reader.ReadEntriesAsync(query, call.Aborted);
        return AdminAnswer.Of(json => Json.KeysetPage(json, "entries", entries, query.CountMax, entry => entry.AttemptId, Write));
    }

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        if (await FindAsync(call) is not { } entry) return AdminAnswer.NotFound("ledger entry", call.Id);
        return AdminAnswer.One("entry", json => Write(json, entry));
    }

    /// <summary>Books a correction beside an entry: nothing is ever edited.</summary>
    private async Task<AdminAnswer> AdjustAsync(AdminCall call)
    {
        var fields = call.Fields();
        var usd = fields.Number("amount", -1_000_000_000, 1_000_000_000);
        if (!fields.Has("amount")) fields.Error("amount", "is missing; write US dollars, negative to give back, for example -0.25");
        var reason = fields.RequiredText("reason", 1_000);
        var named = fields.Text("id", 64);
        if (named is not null && !Guid.TryParse(named, out _)) fields.Error("id", $"is \"{named}\"; a UUID stands here, or leave it out");
        fields.End();
        var nanos = 0L;
        if (usd is { } amount && (!Nanos.TryFromUsd(Math.Abs(amount), out nanos) || nanos == 0))
            fields.Error("amount", $"is {amount}; it is no amount of nano-dollars");
        if (call.Findings.Error is { } error) return error;
        if (await FindAsync(call) is not { } entry) return AdminAnswer.NotFound("ledger entry", call.Id);
        if (entry.Kind == LedgerEntryKind.Adjust) return AdminAnswer.Conflict("This entry is a correction itself; correct the entry of the call.");

        nanos = usd < 0 ? -nanos : nanos;
        var correction = new LedgerEntry
        {
            AttemptId = named is null ? call.NewId() : Guid.Parse(named, CultureInfo.InvariantCulture),
            LeaseId = entry.LeaseId,
            Kind = LedgerEntryKind.Adjust,
            VirtualKeyId = entry.VirtualKeyId,
            TeamId = entry.TeamId,
            CustomerId = entry.CustomerId,
            Provider = entry.Provider,
            Model = entry.Model,
            RequestId = entry.RequestId,
            JobId = entry.JobId,
            CostNanos = nanos,
            Reason = reason,
        };
        await editor.AuditAsync(call.Audit("adjust", new CatalogKey("ledger_entry", entry.AttemptId.ToString()), json =>
        {
            json.WriteString("id"u8, correction.AttemptId);
            json.Usd("amount", nanos);
            json.WriteString("reason"u8, reason);
        }));
        var reply = await ledger.AdjustAsync(correction, CancellationToken.None);
        return reply switch
        {
            AdjustReply.Booked => AdminAnswer.Done("Correction booked.", "entry", json => Write(json, correction with { At = call.Now })),
            AdjustReply.BelowZero => AdminAnswer.Conflict("The lease of this entry has not settled that much; give back less."),
            _ => AdminAnswer.Conflict("The lease of this entry is not known any more; nothing was booked."),
        };
    }

    private async Task<LedgerEntry?> FindAsync(AdminCall call)
    {
        if (!Guid.TryParse(call.Id, out var attempt)) return null;
        var found = await reader.ReadEntriesAsync(new LedgerEntryQuery { AttemptId = attempt, CountMax = 1 }, call.Aborted);
        return found.IsEmpty ? null : found[0];
    }

    private static void Write(Utf8JsonWriter json, LedgerEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("attempt_id"u8, entry.AttemptId);
        json.TextOrNull("lease_id", entry.LeaseId?.ToString());
        json.WriteString("kind"u8, entry.Kind switch { LedgerEntryKind.Settle => "settle", LedgerEntryKind.Unknown => "unknown", _ => "adjust" });
        json.WriteString("virtual_key_id"u8, entry.VirtualKeyId);
        json.TextOrNull("team_id", entry.TeamId);
        json.TextOrNull("customer_id", entry.CustomerId);
        json.WriteString("provider"u8, entry.Provider);
        json.WriteString("model"u8, entry.Model);
        json.WriteString("request_id"u8, entry.RequestId);
        json.TextOrNull("job_id", entry.JobId);
        json.Usd("cost", entry.CostNanos);
        json.WriteNumber("cost_nanos"u8, entry.CostNanos);
        if (entry.ReportedNanos is { } reported) json.Usd("reported_cost", reported);
        var usage = entry.Usage;
        json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
        json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
        json.WriteNumber("cached_read_tokens"u8, usage.CachedReadTokens);
        json.WriteNumber("cached_write_tokens"u8, usage.CachedWriteTokens);
        if (usage.CachedWriteLongTokens > 0) json.WriteNumber("cached_write_tokens_1h"u8, usage.CachedWriteLongTokens);
        json.WriteNumber("reasoning_tokens"u8, usage.ReasoningTokens);
        json.WriteNumber("prompt_audio_tokens"u8, usage.PromptAudioTokens);
        json.WriteNumber("completion_audio_tokens"u8, usage.CompletionAudioTokens);
        json.WriteNumber("citation_tokens"u8, usage.CitationTokens);
        json.WriteNumber("search_queries"u8, usage.SearchQueries);
        json.WriteBoolean("estimated"u8, entry.Estimated);
        json.WriteBoolean("unpriced"u8, entry.Unpriced);
        json.WriteNumber("status"u8, entry.Status);
        json.WriteNumber("latency"u8, entry.LatencyMs);
        json.TextOrNull("reason", entry.Reason);
        json.TimeOrNull("at", entry.At);
        json.WriteEndObject();
    }
}
