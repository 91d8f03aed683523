using System.Diagnostics;
using System.Globalization;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Gateway.Routing;
using Bifrost.Http;
using Bifrost.Http.Bodies;
using Bifrost.Http.Headers;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Jobs.Webhooks;

namespace Bifrost.Gateway.Jobs;

/// <summary>
/// Turns a chat request into a job: the same checks as a call that waits, whether the key may use the model, and the row. Durable before
/// it answers; no credit is held.
/// </summary>
internal sealed class JobSubmitter(
    JobValidator validator,
    JobClient client,
    WebhookEndpoints webhooks,
    UpstreamHeaders upstreamHeaders,
    BodyReader bodies,
    RequestOptions options,
    JobOptions jobs,
    JobMetrics metrics,
    IStoreRoom room,
    LimitWatch watch,
    DrainEnd drain,
    TimeProvider time)
{
    private readonly ChatLimits _limits = ChatLimits.Default with { DepthMax = options.JsonDepthMax, StrictEnums = options.StrictEnums };

    /// <summary>The job, with the model that it asks for; or what is wrong.</summary>
    public async Task<(JobView? Job, string Model, GatewayError? Error)> SubmitAsync(
        HttpContext context, RouteMatch route, string requestId, Caller caller)
    {
        var (submission, model, wrong) = await ReadAsync(context, route, requestId, caller);
        if (submission is null) return (null, model, Counted(wrong!));
        var (reply, error) = await client.SubmitAsync(submission);
        if (reply is null) return (null, model, Counted(error!));
        if (reply.Result == JobSubmitResult.IdempotencyConflict) return (null, model, Counted(JobErrors.IdempotencyConflict));
        if (reply.Result == JobSubmitResult.QueueFull) return (null, model, Counted(JobErrors.QueueFull(reply.Message, RetryAfter(reply))));
        if (reply.Job is null) return (null, model, Counted(JobErrors.NotFound));
        if (reply.Result == JobSubmitResult.SameJob) metrics.Repeated();
        else metrics.Submitted();
        return (reply.Job, model, null);
    }

    private GatewayError Counted(GatewayError refusal)
    {
        metrics.Refused(refusal.Type);
        return refusal;
    }

    private async Task<(JobSubmission? Submission, string Model, GatewayError? Error)> ReadAsync(
        HttpContext context, RouteMatch route, string requestId, Caller caller)
    {
        var headers = context.Request.Headers;
        var idempotencyKey = AsyncHeaders.One(headers, AsyncHeaderNames.IdempotencyKey, out var error);
        var chosen = upstreamHeaders.Choose(headers, out var headerBytes);
        error ??= RequestSize.Refuse(headerBytes) ?? RefuseIdempotencyKey(idempotencyKey);
        if (idempotencyKey is not null && AnonymousKey.Is(caller.VirtualKeyId)) error ??= KeylessJobs.NoIdempotencyKey;
        var webhook = AsyncHeaders.One(headers, AsyncHeaderNames.Webhook, out var twice);
        error ??= twice ?? RefuseWebhook(webhook) ?? RequestHeaders.Refuse(headers, options);
        if (error is null && room.IsLow)
        {
            watch.Reached(Limit.StoreRoom, caller.VirtualKeyId);
            error = JobErrors.StoreFull;
        }

        if (error is not null) return (null, "", error);

        using var limit = drain.Limit(context.RequestAborted);
        var (read, unread) = await bodies.ReadAsync(context, caller, limit.Token);
        if (read is null) return (null, "", unread);
        using (read)
        {
            read.AllowReuse();
            if (!ChatEnvelope.TryParse(read.Bytes, _limits, out var envelope, out var wrong, route.Id)) return (null, "", wrong);
            var defaultProvider = route.OpenAiStyle ? "openai" : null;
            if (validator.Refuse(caller, envelope!, defaultProvider) is { } refusal) return (null, envelope!.Model, refusal);
            var body = JobBody.Keep(envelope!, route.Id);
            return (new JobSubmission
            {
                JobId = JobIds.New(time),
                VirtualKeyId = caller.VirtualKeyId,
                Body = body,
                Call = new JobCall
                {
                    RequestId = requestId,
                    DefaultProvider = defaultProvider,
                    Headers = chosen,
                    SendBackRawRequest = RequestHeaders.IsTrue(headers, "x-bf-send-back-raw-request"),
                    SendBackRawResponse = RequestHeaders.IsTrue(headers, "x-bf-send-back-raw-response"),
                    Clamp = RequestHeaders.Clamp(headers),
                    Trace = CallTraces.IsOn ? Activity.Current?.Id : null,
                },
                ResultTtlSeconds = JobTtl.Seconds(headers.TryGetValue(AsyncHeaderNames.ResultTtl, out var ttl) ? ttl.ToString() : null, jobs),
                IdempotencyKey = idempotencyKey,
                BodyHash = idempotencyKey is null ? default : JobIds.BodyHash(body.Span),
                Webhook = webhook,
            }, envelope!.Model, null);
        }
    }

    private GatewayError? RefuseWebhook(string? name) => name is null || webhooks.Find(name) is not null
        ? null
        : GatewayErrors.BadField(AsyncHeaderNames.Webhook, $"No enabled webhook endpoint is named '{name}'.");

    private GatewayError? RefuseIdempotencyKey(string? key)
    {
        if (key is null) return null;
        if (key.Length > jobs.IdempotencyKeyCharsMax)
        {
            return GatewayErrors.BadField(AsyncHeaderNames.IdempotencyKey, string.Create(
                CultureInfo.InvariantCulture, $"The Idempotency-Key has {key.Length} characters; at most {jobs.IdempotencyKeyCharsMax} may stand here."));
        }

        return key.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? GatewayErrors.BadField(AsyncHeaderNames.IdempotencyKey, "The Idempotency-Key has characters outside of printable ASCII.")
            : null;
    }

    private TimeSpan RetryAfter(JobSubmitReply reply) => reply.RetryAfterMs is { } ms ? TimeSpan.FromMilliseconds(ms) : jobs.QueueFullRetryAfter;
}
