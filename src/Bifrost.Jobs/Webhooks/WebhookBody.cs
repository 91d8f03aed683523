using System.Buffers;
using System.Text.Json;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Webhooks;

/// <summary>What an endpoint is told: Bifrost's event object. Answers above the limit are left out and read by a poll.</summary>
internal static class WebhookBody
{
    /// <summary>The largest answer that is sent along.</summary>
    public const int InlineBytesMax = 256 * 1024;

    /// <param name="delivery">Of which job.</param>
    /// <param name="outcome">Its answer; null: it has none, it has expired, or it is too large.</param>
    /// <param name="isLarge">True: it is too large, and was not read.</param>
    public static ReadOnlyMemory<byte> Of(JobDelivery delivery, JobOutcome? outcome, bool isLarge = false)
    {
        var status = WordOf(delivery.JobStatus);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("event"u8, $"async_job.{status}");
            json.WriteString("created_at"u8, delivery.CreatedAt);
            json.WriteStartObject("data"u8);
            json.WriteString("job_id"u8, JobIds.ToText(delivery.JobId));
            json.WriteString("request_id"u8, delivery.RequestId);
            json.WriteString("request_type"u8, "chat_completion");
            json.WriteString("status"u8, status);
            json.WriteNumber("status_code"u8, delivery.StatusCode);
            json.WriteString("result_url"u8, $"/v1/async/chat/completions/{JobIds.ToText(delivery.JobId)}");
            json.WriteString("result_expires_at"u8, delivery.ResultExpiresAt);
            if (delivery.JobStatus != JobStatus.Cancelled) WriteOutcome(json, delivery, outcome, isLarge);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static void WriteOutcome(Utf8JsonWriter json, JobDelivery delivery, JobOutcome? outcome, bool isLarge)
    {
        var name = delivery.JobStatus == JobStatus.Completed ? "response" : "error";
        if (isLarge || outcome?.Body.Length > InlineBytesMax)
        {
            json.WriteBoolean($"{name}_omitted", true);
        }
        else if (outcome is null)
        {
            // A job can fail without an answer of its own; a completed one has none only once it has expired.
            if (delivery.JobStatus == JobStatus.Completed) json.WriteBoolean("result_expired"u8, true);
        }
        else
        {
            json.WritePropertyName(name);
            json.WriteRawValue(outcome.Body.Span, skipInputValidation: true);
        }
    }

    private static string WordOf(JobStatus status) => status switch
    {
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        _ => "cancelled",
    };
}
