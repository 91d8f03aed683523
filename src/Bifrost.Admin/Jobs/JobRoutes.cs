using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Admin.Jobs;

/// <summary><c>/api/jobs</c>: the jobs of every key, what became of them, and an operator's cancel and retry.</summary>
internal sealed class JobRoutes(IJobStore store, JobClient jobs, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/jobs";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/{id}", GetAsync),
        AdminRoute.Post(Root + "/{id}/cancel", CancelAsync),
        AdminRoute.Post(Root + "/{id}/retry", RetryAsync),
    ];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var query = new JobListQuery
        {
            VirtualKeyId = call.Query("virtual_key_id"),
            Status = call.Word("status", "pending", "processing", "completed", "failed", "cancelled") is { } word ? JobWords.Find(word) : null,
            From = call.Time("start_time"),
            To = call.Time("end_time"),
            Before = call.Uuid("after"),
            CountMax = call.Limit(),
        };
        if (call.Findings.Error is { } error) return error;
        var rows = await store.ListAsync(query, call.Aborted);
        return AdminAnswer.Of(json => Json.KeysetPage(json, "jobs", rows, query.CountMax, row => row.Id, WriteRow));
    }

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        var (job, error) = await FindAsync(call);
        return error ?? AdminAnswer.One("job", json => WriteJob(json, job!));
    }

    private async Task<AdminAnswer> CancelAsync(AdminCall call)
    {
        var (job, error) = await FindAsync(call);
        if (error is not null) return error;
        if (job!.Status is JobStatus.Completed or JobStatus.Failed)
            return AdminAnswer.Conflict($"This job is {JobWords.Of(job.Status)}; there is nothing left to cancel.");
        await AuditAsync(call, "cancel", job);
        var (now, failed) = await jobs.CancelAsync(job.JobId, virtualKeyId: null);
        if (now is null) return failed!;
        var message = now.Status switch
        {
            JobStatus.Cancelled => "Job cancelled.",
            JobStatus.Completed or JobStatus.Failed => $"The job ended first: it is {JobWords.Of(now.Status)}.",
            _ => "Cancel asked for; the runner of the job ends it.",
        };
        return AdminAnswer.Done(message, "job", json => WriteJob(json, now));
    }

    /// <summary>Makes a failed or cancelled job pending again, whatever its key's limits say.</summary>
    private async Task<AdminAnswer> RetryAsync(AdminCall call)
    {
        var (job, error) = await FindAsync(call);
        if (error is not null) return error;
        if (job!.Status is not (JobStatus.Failed or JobStatus.Cancelled))
            return AdminAnswer.Conflict($"This job is {JobWords.Of(job.Status)}; only a failed or cancelled one can be run again.");
        await AuditAsync(call, "retry", job);
        var (now, failed) = await jobs.RetryAsync(job.JobId);
        return now is null ? failed! : AdminAnswer.Done("Job waits for a runner again; its runs count from the beginning.", "job", json => WriteJob(json, now));
    }

    private async Task<(JobView? Job, AdminAnswer? Error)> FindAsync(AdminCall call)
    {
        var fields = call.Fields();
        fields.End();
        if (call.Findings.Error is { } wrong) return (null, wrong);
        if (!Guid.TryParse(call.Id, out var jobId)) return (null, AdminAnswer.NotFound("job", call.Id));
        var (job, error) = await jobs.PollAsync(jobId, virtualKeyId: null, TimeSpan.Zero, call.Http.Response.RegisterForDispose, call.Aborted);
        if (job is not null) return (job, null);
        return (null, error!.Status == StatusCodes.Status404NotFound ? AdminAnswer.NotFound("job", call.Id) : error);
    }

    private Task AuditAsync(AdminCall call, string action, JobView job) =>
        editor.AuditAsync(call.Audit(action, new CatalogKey("job", JobIds.ToText(job.JobId)), json =>
        {
            json.WriteString("virtual_key_id"u8, job.VirtualKeyId);
            json.WriteString("status_before"u8, JobWords.Of(job.Status));
        }));

    private static void WriteJob(Utf8JsonWriter json, JobView job)
    {
        json.WriteStartObject();
        JobJson.WriteMembers(json, job);
        WriteMore(json, job.VirtualKeyId, job.Attempts, job.LastError, job.Webhook);
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, JobRow row)
    {
        json.WriteStartObject();
        JobJson.WriteState(json, row.ToView());
        WriteMore(json, row.VirtualKeyId, row.Attempts, row.LastError, row.Webhook);
        json.WriteNumber("partition"u8, row.Partition);
        json.WriteNumber("fence"u8, row.Fence);
        json.TextOrNull("owner", row.Owner?.ToString());
        json.TimeOrNull("lease_until", row.LeaseUntil);
        json.TimeOrNull("not_before", row.NotBefore);
        json.TimeOrNull("waiting_since", row.WaitingSince);
        json.WriteNumber("body_bytes"u8, row.BodyBytes);
        json.WriteNumber("result_ttl"u8, row.ResultTtlSeconds);
        json.WriteEndObject();
    }

    private static void WriteMore(Utf8JsonWriter json, string virtualKeyId, int attempts, string? lastError, string? webhook)
    {
        json.WriteString("virtual_key_id"u8, virtualKeyId);
        json.WriteNumber("attempts"u8, attempts);
        json.TextOrNull("last_error", lastError);
        json.TextOrNull("webhook", webhook);
    }
}
