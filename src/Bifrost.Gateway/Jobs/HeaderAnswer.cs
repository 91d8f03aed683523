using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Bifrost.Chat.Errors;
using Bifrost.Http.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;

namespace Bifrost.Gateway.Jobs;

/// <summary>
/// A job on the chat route (contract section 8): a completion without choices until it has ended, then exactly what a client that
/// waited would have got.
/// </summary>
internal static class HeaderAnswer
{
    /// <summary>Where a job is found by path.</summary>
    public static string LocationOf(Guid jobId) => $"/v1/async/chat/completions/{JobIds.ToText(jobId)}";

    public static Task SendAsync(HttpContext context, JobView job, string model, bool isSubmission, AnswerPreference asked, JobOptions options)
    {
        var headers = context.Response.Headers;
        headers[AsyncHeaderNames.Id] = JobIds.ToText(job.JobId);
        headers[AsyncHeaderNames.Status] = JobWords.Of(job.Status);
        var accepts = isSubmission && asked.RespondAsync && !JobWords.IsEnded(job.Status);
        asked.Confirm(headers, accepts);
        return job.Status switch
        {
            JobStatus.Completed when job.Outcome is { } outcome => SendOutcomeAsync(context, outcome),
            JobStatus.Failed when job.Outcome is { } outcome => SendOutcomeAsync(context, outcome),
            JobStatus.Failed => ErrorResponse.SendAsync(context, JobErrors.Failed(job)),
            JobStatus.Cancelled => ErrorResponse.SendAsync(context, JobErrors.Cancelled),

            // Its result went while it was read.
            JobStatus.Completed => ErrorResponse.SendAsync(context, JobErrors.NotFound),
            _ => SendOpenAsync(context, job, model, accepts, options),
        };
    }

    public static void WriteRetryAfter(IHeaderDictionary headers, JobOptions options) =>
        headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(options.PollRetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    private static Task SendOutcomeAsync(HttpContext context, JobOutcome outcome)
    {
        var headers = context.Response.Headers;
        foreach (var header in outcome.Headers)
            if (!header.Value.AsSpan().ContainsAnyExceptInRange(' ', '~')) headers[header.Name] = header.Value;

        // An SDK would ask three times for what never changes.
        if (outcome.StatusCode >= StatusCodes.Status400BadRequest)
        {
            headers.Remove("Retry-After");
            headers["x-should-retry"] = "false";
        }

        return JsonResponse.SendAsync(context, outcome.StatusCode, outcome.Body);
    }

    private static Task SendOpenAsync(HttpContext context, JobView job, string model, bool accepts, JobOptions options)
    {
        WriteRetryAfter(context.Response.Headers, options);
        if (accepts) context.Response.Headers.Location = LocationOf(job.JobId);
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, job.JobId);
            json.WriteString("object"u8, "chat.completion"u8);
            json.WriteNumber("created"u8, job.CreatedAt.ToUnixTimeSeconds());
            json.WriteString("model"u8, model);
            json.WriteStartArray("choices"u8);
            json.WriteEndArray();
            json.WriteStartObject("extra_fields"u8);
            json.WriteString("request_type"u8, RequestTypes.ChatCompletion);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return JsonResponse.SendAsync(context, accepts ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, body.WrittenMemory);
    }
}
