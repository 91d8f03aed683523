using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Splice;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Pipeline;

/// <summary>What goes up to a target and what of its answer goes back, beside the bytes themselves.</summary>
internal static class AnswerParts
{
    /// <summary>Room for cost, extra fields and second names in a plain answer, so that its buffer rarely grows.</summary>
    private const int SpliceBytes = 1_024;

    public static UpstreamShape ShapeFor(Target target, Ticket ticket) => new(
        target.Model,
        target.Provider.AskStreamUsage,
        ticket.OutputTokensSent)
    {
        LimitIsMaxTokens = target.Provider.Billing.LimitIsMaxTokens,
        ServiceTier = ticket.ServiceTier,
    };

    /// <summary>The try of an admitted attempt.</summary>
    public static ProviderCall CallFor(
        ChatCall call, OpenAttempt open, KeyRotation rotation, CallLifetime lifetime, ChatPipeline pipeline, RequestWatch watch) => new()
    {
        AttemptId = open.Ticket.AttemptId,
        Model = open.Target.Model,
        Stream = call.Envelope.Stream,
        Body = call.Envelope.Body,
        Edits = call.Envelope.EditsFor(ShapeFor(open.Target, open.Ticket)),
        Headers = watch.Outgoing(call.Headers, pipeline.Options.TellsTrace),
        AllowedKeyIds = rotation.Allowed,
        ExhaustedKeyIds = rotation.Exhausted,
        DirectKey = call.Caller.DirectKey,
        RemainingMs = lifetime.RemainingMs,
        Abort = lifetime.End,
        AbortUnsent = lifetime.Client,
        VirtualKeyId = call.Caller.VirtualKeyId,
        Holder = lifetime,
        Room = pipeline.Room,
        OutputTokensMax = open.Ticket.OutputTokensMax,
        OutputIsLowered = open.Ticket.Clamped,
        ToolEffort = ToolEffortOf(call.Envelope.Content),
    };

    /// <summary>What the call sends: its body, and headers of the caller's choice, which may change the price as fields may.</summary>
    public static RequestContent ContentOf(ChatCall call)
    {
        var content = call.Envelope.Content;
        foreach (var header in call.Headers)
        {
            if (header.Name.StartsWith(Header.ExtraPrefix, StringComparison.OrdinalIgnoreCase))
                content = content with { OtherFields = content.OtherFields.Add("headers." + header.Name[Header.ExtraPrefix.Length..]) };
        }

        return content;
    }

    public static ToolEffort ToolEffortOf(RequestContent content) => content switch
    {
        { Tools: 0 } => ToolEffort.NoTools,
        { AsksToThink: true } => ToolEffort.Some,
        { AsksNotToThink: true } => ToolEffort.None,
        _ => ToolEffort.Unsaid,
    };

    /// <summary>False when the bytes are no completion.</summary>
    public static bool TryScan(PlainBody body, out CompletionShape shape)
    {
        if (body is ScannedBody scanned) shape = scanned.Shape;
        else if (!CompletionScanner.TryScan(body.Json.Span, out shape)) return false;
        return shape.HasChoices && !shape.HasError;
    }

    public static PooledBuffer WritePlain(ChatCall call, OpenAttempt open, ProviderReply reply, PlainBody body, in CompletionShape shape)
    {
        var json = body.Json;
        var rawAllowed = open.Target.Provider.RawAllowed;
        var extra = Extra(call, open.Target, open.LatencyMs, reply.Deployment) with
        {
            DroppedParams = reply.Dropped,
            RawRequest = call.SendBackRawRequest && rawAllowed ? RawRequest(call, open, reply) : default,
            RawResponse = call.SendBackRawResponse && rawAllowed ? body.Raw : default,
        };
        var buffer = new PooledBuffer(json.Length + SpliceBytes + extra.RawRequest.Length + extra.RawResponse.Length);
        CompletionSplicer.Write(buffer, json.Span, shape, shape.Usage is null ? null : open.Cost, extra);
        return buffer;
    }

    public static ExtraFields Extra(ChatCall call, Target target, long latencyMs, string? deployment) => new()
    {
        RequestType = RequestErrors.RequestType(call),
        Provider = target.Provider.Name,
        ModelRequested = call.Envelope.Model,
        ModelDeployment = deployment ?? target.Model,
        LatencyMs = latencyMs,
    };

    /// <summary>The body as it went upstream.</summary>
    public static ReadOnlyMemory<byte> RawRequest(ChatCall call, OpenAttempt open, ProviderReply reply)
    {
        if (!reply.SentBody.IsEmpty) return reply.SentBody;
        var edits = call.Envelope.EditsFor(ShapeFor(open.Target, open.Ticket));
        using var buffer = new PooledBuffer(EditWriter.LengthOf(call.Envelope.Body.Length, edits.AsSpan()));
        EditWriter.Write(buffer, call.Envelope.Body.Span, edits.AsSpan());
        return buffer.Written.ToArray();
    }
}
