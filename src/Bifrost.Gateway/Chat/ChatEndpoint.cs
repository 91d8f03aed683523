using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Envelope;
using Bifrost.Gateway.Jobs;
using Bifrost.Gateway.Routing;
using Bifrost.Http;
using Bifrost.Http.Auth;
using Bifrost.Http.Bodies;
using Bifrost.Http.Errors;
using Bifrost.Http.Headers;

namespace Bifrost.Gateway.Chat;

/// <summary>
/// One chat completion over HTTP (architecture, the hot path): 1 the credential and the body, 2 the pipeline, 3 the answer copied out.
/// It decides nothing about keys, limits, providers or money.
/// </summary>
internal sealed class ChatEndpoint(
    ChatPipeline pipeline,
    JobEndpoint jobs,
    CallerAuthenticator credentials,
    BadCredentials bad,
    UpstreamHeaders upstreamHeaders,
    BodyReader bodies,
    RequestOptions options,
    DrainEnd drain,
    RequestLog requests,
    TimeProvider time)
{
    /// <summary>Silence on a stream after which a comment is sent (contract section 5).</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private readonly ChatLimits _limits = ChatLimits.Default with { DepthMax = options.JsonDepthMax, StrictEnums = options.StrictEnums };

    public async Task HandleAsync(HttpContext context, RouteMatch route, string requestId)
    {
        var headers = context.Request.Headers;
        var refused = credentials.Identify(headers, out var caller);
        if (refused is not null) refused = bad.Judge(context, refused);
        else requests.Caller(context, caller.VirtualKeyId);
        if (refused is null && AsyncHeaders.FormOf(headers) is not AsyncForm.None and var form)
        {
            await jobs.ByHeaderAsync(context, route, requestId, caller, form);
            return;
        }

        var chosen = upstreamHeaders.Choose(headers, out var headerBytes);
        refused ??= RequestSize.Refuse(headerBytes) ?? RequestHeaders.Refuse(headers, options);
        if (refused is not null)
        {
            await ErrorResponse.SendAsync(context, refused);
            return;
        }

        using var limit = drain.Limit(context.RequestAborted);
        var (body, unread) = await bodies.ReadAsync(context, caller, limit.Token);
        if (body is null)
        {
            await ErrorResponse.SendAsync(context, unread!);
            return;
        }

        var isRunning = false;
        try
        {
            if (!ChatEnvelope.TryParse(body.Bytes, _limits, out var envelope, out var wrong, route.Id))
            {
                body.AllowReuse();
                await ErrorResponse.SendAsync(context, wrong!);
                return;
            }

            var running = pipeline.RunAsync(
                new ChatCall
                {
                    Envelope = envelope!,
                    Caller = caller,
                    RequestId = requestId,
                    DefaultProvider = route.OpenAiStyle ? "openai" : null,
                    Headers = chosen,
                    SendBackRawRequest = RequestHeaders.IsTrue(headers, "x-bf-send-back-raw-request"),
                    SendBackRawResponse = RequestHeaders.IsTrue(headers, "x-bf-send-back-raw-response"),
                    Clamp = RequestHeaders.Clamp(headers),
                },
                limit.Token);
            try
            {
                await running.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                // The upstream goes on to tell what it costs, and may still read the body.
                isRunning = true;
                _ = EndAsync(running, body);
                throw;
            }

            var result = await running;
            if (result is ChatFailure) limit.Token.ThrowIfCancellationRequested();
            await SendAsync(context, result, body, limit.Token);
        }
        finally
        {
            if (!isRunning) body.Dispose();
        }
    }

    /// <summary>Ends a call whose caller has its answer, or has left.</summary>
    private static async Task EndAsync(Task<ChatResult> running, RequestBody body)
    {
        using (body)
        {
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!running.IsCompletedSuccessfully) return;
            var result = await running;
            if (result is ChatBody whole) whole.Dispose();
            else if (result is ChatEvents events) await events.DisposeAsync();
        }
    }

    private Task SendAsync(HttpContext context, ChatResult result, RequestBody body, CancellationToken limit)
    {
        ResponseHeaders.Write(context.Response.Headers, result.Info);
        return result switch
        {
            ChatBody whole => SendWholeAsync(context, whole, body),
            ChatEvents events => SendEventsAsync(context, events, body, limit),
            ChatFailure failure => ErrorResponse.SendAsync(context, failure.Error),
            _ => throw new InvalidOperationException($"The pipeline answered {result.GetType().Name}."),
        };
    }

    private static async Task SendWholeAsync(HttpContext context, ChatBody whole, RequestBody body)
    {
        using (whole)
        {
            body.AllowReuse();
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = whole.Json.Length;
            await Pieces.SendAsync(context.Response, whole.Json, context.RequestAborted);
        }
    }

    private async Task SendEventsAsync(HttpContext context, ChatEvents events, RequestBody body, CancellationToken limit)
    {
        // Disposed on every way out: when the client left early, that is what drains the upstream and settles.
        await using (events)
        {
            var response = context.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
            var sse = new SseWriter(response.BodyWriter, s_silence, time);
            await using (sse)
            {
                await CopyAsync(events, sse, limit, context.RequestAborted);
            }

            body.AllowReuse();
        }
    }

    /// <summary>Copies every event; whatever ends the reading is thrown.</summary>
    /// <param name="events">The answer.</param>
    /// <param name="sse">Where it goes.</param>
    /// <param name="limit">Ends the waiting for the next event.</param>
    /// <param name="left">Ends the writing too.</param>
    private static async Task CopyAsync(ChatEvents events, SseWriter sse, CancellationToken limit, CancellationToken left)
    {
        while (true)
        {
            var next = await events.ReadAsync(limit);
            switch (next.Kind)
            {
                case ChatEventKind.Chunk:
                    await sse.WriteEventAsync(next.Json, left);
                    break;
                case ChatEventKind.Error:
                    await sse.WriteErrorAsync(next.Json, left);
                    break;
                default:
                    await sse.WriteDoneAsync(left);
                    return;
            }
        }
    }
}
