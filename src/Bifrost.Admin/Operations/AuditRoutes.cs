using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Operations;

/// <summary><c>/api/audit</c>: who changed what, the newest first.</summary>
internal sealed class AuditRoutes(ICatalogStore store) : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get("/api/audit", ListAsync)];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (after, limit) = (call.Uuid("after"), call.Limit());
        if (call.Findings.Error is { } error) return error;
        var entries = await store.ReadAuditAsync(after, limit, call.Aborted);
        return AdminAnswer.Of(json => Json.KeysetPage(json, "entries", entries, limit, entry => entry.Id, Write));
    }

    private static void Write(Utf8JsonWriter json, AuditEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, entry.Id);
        json.TimeOrNull("at", entry.At);
        json.WriteString("actor"u8, entry.Actor);
        json.WriteString("action"u8, entry.Action);
        json.WriteString("target_kind"u8, entry.Target.Kind);
        json.WriteString("target_id"u8, entry.Target.Id);
        json.WritePropertyName("detail"u8);
        if (entry.Detail.Length == 0) json.WriteNullValue();
        else json.WriteRawValue(entry.Detail);
        json.WriteEndObject();
    }
}
