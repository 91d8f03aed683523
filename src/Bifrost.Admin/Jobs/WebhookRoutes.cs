using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Admin.Jobs;

/// <summary><c>/api/webhooks</c>: all endpoints, what they were told of jobs, and telling it again.</summary>
internal sealed class WebhookRoutes(WebhookList endpoints, IJobDeliveryStore deliveries, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/webhooks";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/deliveries", ListDeliveriesAsync),
        AdminRoute.Post(Root + "/deliveries/{id}/redeliver", RedeliverAsync),
    ];

    private Task<AdminAnswer> ListAsync(AdminCall call) => Task.FromResult(AdminAnswer.Of(json =>
    {
        var all = endpoints.All().ToArray();
        json.WriteStartObject();
        json.Objects("webhooks", all, (each, endpoint) => endpoint.Write(each));
        json.WriteNumber("count"u8, all.Length);
        json.WriteEndObject();
    }));

    private async Task<AdminAnswer> ListDeliveriesAsync(AdminCall call)
    {
        var (endpoint, job, after, limit) = (call.Query("endpoint"), call.Uuid("job_id"), call.Uuid("after"), call.Limit());
        if (call.Findings.Error is { } error) return error;
        var page = await deliveries.ListAsync(endpoint, job, after, limit, call.Aborted);
        return AdminAnswer.Of(json => Json.KeysetPage(json, "deliveries", page, limit, delivery => delivery.Id, WriteDelivery));
    }

    private async Task<AdminAnswer> RedeliverAsync(AdminCall call)
    {
        call.Fields().End();
        if (call.Findings.Error is { } error) return error;
        if (!Guid.TryParse(call.Id, out var id)) return AdminAnswer.NotFound("delivery", call.Id);
        await editor.AuditAsync(call.Audit("redeliver", new CatalogKey("job_delivery", id.ToString())));
        return await deliveries.RedeliverAsync(id, CancellationToken.None)
            ? AdminAnswer.Done("A delivery that has ended is due again, its tries forgotten; one that has not goes on.")
            : AdminAnswer.NotFound("delivery", call.Id);
    }

    private static void WriteDelivery(Utf8JsonWriter json, JobDelivery delivery)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, delivery.Id);
        json.WriteString("endpoint"u8, delivery.Endpoint);
        json.WriteString("job_id"u8, delivery.JobId);
        json.WriteString("virtual_key_id"u8, delivery.VirtualKeyId);
        json.WriteString("event"u8, $"async_job.{JobWords.Of(delivery.JobStatus)}");
        json.WriteString("state"u8, delivery.State switch
        {
            JobDeliveryState.Pending => "pending",
            JobDeliveryState.Leased => "sending",
            JobDeliveryState.Delivered => "delivered",
            _ => "dead",
        });
        json.WriteNumber("attempts"u8, delivery.Attempts);
        json.WriteNumber("last_status"u8, delivery.LastStatus);
        json.TextOrNull("last_error", delivery.LastError);
        json.TimeOrNull("created_at", delivery.CreatedAt);
        json.TimeOrNull("not_before", delivery.NotBefore);
        json.TimeOrNull("ended_at", delivery.EndedAt);
        json.WriteEndObject();
    }
}
