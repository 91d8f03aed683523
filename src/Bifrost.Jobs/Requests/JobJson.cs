using System.Buffers;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Requests;

/// <summary>A job by path (contract section 8). What is not known yet is left out.</summary>
public static class JobJson
{
    /// <summary>The job with its result or error.</summary>
    public static void Write(Utf8JsonWriter json, JobView job)
    {
        json.WriteStartObject();
        WriteMembers(json, job);
        json.WriteEndObject();
    }

    /// <summary>A completed job up to the name of its result, which is the last member.</summary>
    public static void WriteUpToResult(Utf8JsonWriter json, JobView job)
    {
        json.WriteStartObject();
        WriteState(json, job);
        json.WritePropertyName("result"u8);
    }

    public static void WriteMembers(Utf8JsonWriter json, JobView job)
    {
        WriteState(json, job);
        if (job.Status == JobStatus.Completed && job.Outcome is { } outcome) WriteRaw(json, "result"u8, outcome.Body.Span);
        if (job.Status is JobStatus.Failed or JobStatus.Cancelled) WriteRaw(json, "error"u8, ErrorOf(job).Span);
    }

    /// <summary>The job in a list: how it stands, without what it answered.</summary>
    public static void WriteLine(Utf8JsonWriter json, JobRow row)
    {
        json.WriteStartObject();
        WriteState(json, row.ToView());
        json.WriteNumber("attempts"u8, row.Attempts);
        if (row.LastError is { } error) json.WriteString("last_error"u8, error);
        json.WriteEndObject();
    }

    /// <summary>The error object of a failed or cancelled job, as a client that waited would have got it.</summary>
    public static ReadOnlyMemory<byte> ErrorOf(JobView job)
    {
        if (job is { Status: JobStatus.Failed, Outcome: { } outcome }) return outcome.Body;
        var body = new ArrayBufferWriter<byte>(256);
        ErrorWriter.Write(body, job.Status == JobStatus.Cancelled ? JobErrors.Cancelled : JobErrors.Failed(job));
        return body.WrittenMemory;
    }

    /// <summary>The status that a client gets who polls by header; 0 while the job has not ended.</summary>
    public static int StatusOf(JobView job) => job.Status switch
    {
        JobStatus.Completed => job.Outcome?.StatusCode ?? job.StatusCode,
        JobStatus.Failed => job.Outcome?.StatusCode ?? JobErrors.Failed(job).Status,
        JobStatus.Cancelled => JobErrors.Cancelled.Status,
        _ => 0,
    };

    /// <summary>The members that every form has.</summary>
    public static void WriteState(Utf8JsonWriter json, JobView job)
    {
        json.WriteString("id"u8, job.JobId);
        json.WriteString("request_id"u8, job.RequestId);
        json.WriteString("status"u8, JobWords.Of(job.Status));
        json.TimeOrNull("created_at", job.CreatedAt);
        if (job.CancelRequested && !JobWords.IsEnded(job.Status)) json.WriteBoolean("cancel_requested"u8, true);
        if (!JobWords.IsEnded(job.Status)) return;
        json.TimeOrNull("completed_at", job.EndedAt);
        json.TimeOrNull("expires_at", job.ExpiresAt);
        json.WriteNumber("status_code"u8, StatusOf(job));
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);

        // The pipeline's own bytes, checked when they were scanned.
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
