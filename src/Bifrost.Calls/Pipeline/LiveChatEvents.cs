using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Keys.Contracts;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// A provider's stream on its way to the client: every chunk with <c>extra_fields</c>, usage off the content chunks, and whatever happens
/// exactly one settlement (contract section 5). Belongs to its reader until that leaves, then to the drain.
/// </summary>
internal sealed class LiveChatEvents : ChatEvents
{
    private const int ChunkBytes = 2_048;

    private readonly ChatPipeline _pipeline;
    private readonly ChatCall _call;
    private readonly OpenAttempt _open;
    private readonly StreamBody _body;
    private readonly int _status;
    private readonly CallLifetime _lifetime;
    private readonly RequestWatch _watch;
    private readonly PooledBuffer _out = new(ChunkBytes);
    private readonly ExtraFields _extra;
    private readonly ReadOnlyMemory<byte> _rawRequest;
    private readonly bool _sendsRawResponse;
    private readonly StreamTally _tally;

    // The last chunk that carried usage, kept for the usage chunk; only for clients that asked for one.
    private byte[]? _usageChunk;
    private long _chunkAt;
    private int _chunkIndex;
    private Phase _phase;

    public LiveChatEvents(
        ResponseInfo info,
        ChatPipeline pipeline,
        ChatCall call,
        OpenAttempt open,
        StreamBody body,
        ProviderReply reply,
        CallLifetime lifetime,
        RequestWatch watch) : base(info)
    {
        (_pipeline, _call, _open, _body, _status, _lifetime, _watch) = (pipeline, call, open, body, reply.Status, lifetime, watch);
        _tally = new StreamTally(open.Target.Model);
        _extra = AnswerParts.Extra(call, open.Target, 0, reply.Deployment) with { DroppedParams = reply.Dropped };
        var rawAllowed = open.Target.Provider.RawAllowed;
        _rawRequest = call.SendBackRawRequest && rawAllowed ? AnswerParts.RawRequest(call, open, reply) : default;
        _sendsRawResponse = call.SendBackRawResponse && rawAllowed;
        _chunkAt = pipeline.Time.GetTimestamp() - TimestampsOf(open.LatencyMs);
        watch.Answers(isStream: true);
    }

    private enum Phase
    {
        /// <summary>The upstream has more.</summary>
        Open,

        /// <summary>Everything was told but the end mark; settled.</summary>
        EndDue,

        /// <summary>The end mark was told.</summary>
        Ended,

        /// <summary>The client left, or the events are disposed.</summary>
        Left,
    }

    public override async ValueTask<ChatEvent> ReadAsync(CancellationToken cancellationToken)
    {
        switch (_phase)
        {
            case Phase.EndDue:
                _phase = Phase.Ended;
                return new ChatEvent(ChatEventKind.Done, default);
            case Phase.Ended or Phase.Left:
                throw new InvalidOperationException("The events have ended.");
        }

        while (true)
        {
            StreamEvent next;
            try
            {
                next = await _body.ReadAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                Leave();
                throw;
            }
            catch (Exception e)
            {
                Log.StreamBroke(_pipeline.Logger, _open.Ticket.AttemptId, _open.Target.Provider.Name, e);
                next = Broken("The stream broke.");
            }

            if (next.Kind == StreamEventKind.Done) return End();
            if (next.Kind == StreamEventKind.Failed) return Fail(next.Failure!);
            if (!_tally.TryAdd(_body, next.Json, out var shape)) return Fail(Broken("The provider sent a chunk that is none.").Failure!);
            if (shape.Usage is not null && _call.Envelope.IncludeUsage) _usageChunk = next.Json.ToArray();
            if (IsKeptBack(shape)) continue;
            return Chunk(next.Json, shape);
        }
    }

    /// <summary>The client is done with the events; an upstream that is not is drained in the background.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_phase == Phase.Left) return;
        if (_phase == Phase.Open)
        {
            Leave();
            return;
        }

        _phase = Phase.Left;
        await CloseAsync();
    }

    /// <summary>
    /// A usage alone is told at the end, to those who asked for it; what stands beside it for the client to see (sources) goes there too, or now to
    /// those who did not ask. A usage without choices is no chunk.
    /// </summary>
    private bool IsKeptBack(in CompletionShape shape) =>
        shape.IsUsageOnly ? _call.Envelope.IncludeUsage || !shape.CarriesMore : !shape.HasChoices && !shape.CarriesMore;

    private ChatEvent Chunk(ReadOnlyMemory<byte> json, in CompletionShape shape)
    {
        _out.Clear();
        CompletionSplicer.WriteChunk(_out, json.Span, shape, _call.Envelope.IncludeUsage, NextExtra(json));
        return new ChatEvent(ChatEventKind.Chunk, _out.Written);
    }

    /// <summary>The upstream's end mark: exact from here on. The usage chunk, where one is wanted and known, comes before the client's end mark.</summary>
    private ChatEvent End()
    {
        _open.Answered(AttemptOutcome.Completed, _tally.Delivery, _status);
        _watch.StreamEnded(null, _open.OutputTokens);
        if (_usageChunk is { } json && CompletionScanner.TryScan(json, out var shape))
        {
            _phase = Phase.EndDue;
            _out.Clear();
            CompletionSplicer.WriteUsageChunk(_out, json, shape, shape.Usage is null ? null : _open.Cost, NextExtra(json));
            return new ChatEvent(ChatEventKind.Chunk, _out.Written);
        }

        _phase = Phase.Ended;
        return new ChatEvent(ChatEventKind.Done, default);
    }

    /// <summary>The answer broke off: an error event, then the end mark, never an invented finish.</summary>
    private ChatEvent Fail(ProviderFailure failure)
    {
        var clientLeft = _lifetime.ClientLeft;
        _open.Error = ErrorWords.Of(failure.Kind);
        Broke(clientLeft ? AttemptOutcome.Abandoned : AttemptOutcome.Truncated, failure);
        var error = failure.Kind != FailureKind.Aborted ? GatewayErrors.FromFailure(failure, _open.Target.Provider.Name, _call.Envelope.Model)
            : clientLeft ? RequestErrors.ClientLeft(_call)
            : RequestErrors.TimedOut(_call, _pipeline.Options.RequestTimeoutMs);
        _phase = Phase.EndDue;
        _watch.StreamEnded(ErrorWords.Of(error, failure), 0);
        _out.Clear();
        ErrorWriter.Write(_out, RequestErrors.For(_call, error) with
        {
            Attempts = [new AttemptReport(_open.Target.Provider.Name, _open.Target.Model, error.Status, error.Type, _open.LatencyMs)],
        });
        return new ChatEvent(ChatEventKind.Error, _out.Written);
    }

    private void Leave()
    {
        _phase = Phase.Left;
        _watch.StreamEnded(ErrorTypes.RequestCancelled, 0);
        _lifetime.Leave();
        if (_lifetime.DrainRefused)
            Log.DrainRefused(_pipeline.Logger, _open.Ticket.AttemptId, _open.Target.Provider.Name, _pipeline.Drains.Count);
        _ = DrainAsync();
    }

    /// <summary>Reads on without a reader, until the upstream ends or the lifetime does; what became known is booked.</summary>
    private async Task DrainAsync()
    {
        ProviderFailure? failure = null;
        var isWhole = false;
        try
        {
            StreamEvent next;
            do
            {
                next = await _body.ReadAsync(_lifetime.End).ConfigureAwait(false);
            }
            while (next.Kind == StreamEventKind.Chunk && _tally.TryAdd(_body, next.Json, out _));
            failure = next.Failure;
            isWhole = next.Kind == StreamEventKind.Done;
        }
        catch (OperationCanceledException)
        {
            // Cut off: the tally has what was delivered.
        }
        catch (Exception e)
        {
            Log.StreamBroke(_pipeline.Logger, _open.Ticket.AttemptId, _open.Target.Provider.Name, e);
        }

        if (isWhole) _open.Answered(AttemptOutcome.Abandoned, _tally.Delivery, _status);
        else Broke(AttemptOutcome.Abandoned, failure);
        await CloseAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Settles a stream without its end mark: by its usage where that was told to the end, else as cut short. An error of the provider's own
    /// before any content costs what it states, like one instead of an answer.
    /// </summary>
    private void Broke(AttemptOutcome outcome, ProviderFailure? failure)
    {
        if (failure is not null) _tally.Add(failure);
        var isOwnError = failure is { FromProvider: true };
        if (_tally.IsUsageFinal) _open.Answered(outcome, _tally.Delivery, _status);
        else if (isOwnError && !_tally.HasContent) _open.Failed(_tally.Delivery.Told.Tokens(), _status);
        else _open.CutShort(outcome, _tally.Delivery, _status, ended: isOwnError);
    }

    private async ValueTask CloseAsync()
    {
        try
        {
            await _body.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.StreamBroke(_pipeline.Logger, _open.Ticket.AttemptId, _open.Target.Provider.Name, e);
        }

        _lifetime.Dispose();
        _out.Dispose();
    }

    /// <summary>Numbers the chunk and times it since the one before; the raw request stands on the first one only.</summary>
    private ExtraFields NextExtra(ReadOnlyMemory<byte> json)
    {
        var now = _pipeline.Time.GetTimestamp();
        var latencyMs = (long)_pipeline.Time.GetElapsedTime(_chunkAt, now).TotalMilliseconds;
        _chunkAt = now;
        var index = _chunkIndex++;
        if (index == 0) _watch.FirstToken();
        return _extra with
        {
            LatencyMs = latencyMs,
            ChunkIndex = index,
            RawRequest = index == 0 ? _rawRequest : default,
            RawResponse = !_sendsRawResponse ? default : _body.Raw is { IsEmpty: false } raw ? raw : json,
        };
    }

    private long TimestampsOf(long ms) => ms * _pipeline.Time.TimestampFrequency / 1_000;

    private static StreamEvent Broken(string message) => new(StreamEventKind.Failed, default, ProviderFailures.BadAnswer(message));
}
