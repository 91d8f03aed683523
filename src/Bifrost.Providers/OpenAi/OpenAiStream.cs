using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>
/// A live stream of chunks. Everything that is not a chunk or the end mark ends it as a failure: a truncated answer is never shown as
/// a whole one (contract section 5).
/// </summary>
internal sealed class OpenAiStream : ScannedStream
{
    private readonly UpstreamTarget _target;
    private readonly HttpResponseMessage _response;
    private readonly PhaseTimer _timer;
    private readonly ProviderLimits _limits;
    private readonly Stream _body;
    private readonly SseReader _events;

    // Owned by the one reader, then by DisposeAsync.
    private CompletionShape _shape;
    private StreamEvent? _first;
    private StreamEvent? _last;
    private Task<SseEvent>? _pending;
    private int _disposed;

    private OpenAiStream(UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits)
    {
        _target = target;
        _response = response;
        _timer = timer;
        _limits = limits;
        _body = body;
        _events = new SseReader(body, limits.EventBytesMax);
    }

    public override ref readonly CompletionShape Shape => ref _shape;

    /// <summary>
    /// Waits for the first event, under the limit that the caller has armed. A stream that begins with its end or with an error is a
    /// failure before the first byte: another target may still answer. On failure the response and the timer stay the caller's.
    /// </summary>
    public static async Task<(OpenAiStream? Stream, ProviderFailure? Failure)> OpenAsync(
        UpstreamTarget target, HttpResponseMessage response, PhaseTimer timer, ProviderLimits limits)
    {
        var body = await response.Content.ReadAsStreamAsync(timer.Token).ConfigureAwait(false);
        var stream = new OpenAiStream(target, response, body, timer, limits);
        var opened = false;
        try
        {
            var first = stream.Judge(await stream._events.ReadAsync(timer.Token).ConfigureAwait(false));
            timer.Disarm();
            opened = first.Kind == StreamEventKind.Chunk;
            if (!opened)
                return (null, first.Failure ?? ProviderFailures.BadAnswer($"Provider '{target.Provider.Name}' ended its stream without a single chunk."));
            stream._first = first;
            return (stream, null);
        }
        finally
        {
            if (!opened) stream._events.Dispose();
        }
    }

    public override ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken)
    {
        if (_first is { } first)
        {
            _first = null;
            return new(first);
        }
        if (_last is { } last) return new(last);
        if (_pending is not null) return WaitAsync(new ValueTask<SseEvent>(_pending), cancellationToken);
        var next = _events.ReadAsync(_timer.Token);
        return next.IsCompletedSuccessfully ? new(Judge(next.Result)) : WaitAsync(next, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        try
        {
            if (_pending is not null) await AbandonReadAsync().ConfigureAwait(false);
            else if (_last is { Kind: StreamEventKind.Done }) await ReadTailAsync().ConfigureAwait(false);
        }
        finally
        {
            // Disposing an answer that was not read to its end closes the connection.
            _response.Dispose();
            _events.Dispose();
            _timer.Dispose();
            _target.Watcher?.StreamEnded(_last?.Failure);
        }
    }

    private async ValueTask<StreamEvent> WaitAsync(ValueTask<SseEvent> read, CancellationToken cancellationToken)
    {
        // Armed only while somebody waits: the time that the reader takes is not the upstream's.
        _timer.Arm(Phase.Idle, _target.Provider.StreamIdleTimeoutMs);
        try
        {
            SseEvent next;
            if (cancellationToken.CanBeCanceled)
            {
                // A reader that stops waiting leaves the stream as it is: the drain reads on.
                _pending ??= read.AsTask();
                next = await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                next = await read.ConfigureAwait(false);
            }
            _pending = null;
            return Judge(next);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !IsLeaving(exception, cancellationToken))
        {
            _pending = null;
            return End(new StreamEvent(StreamEventKind.Failed, default, TransportFailure.WithinAnswer(_target.Provider, _timer)));
        }
        finally
        {
            _timer.Disarm();
        }
    }

    /// <summary>True when the wait was given up, not the read.</summary>
    private static bool IsLeaving(Exception exception, CancellationToken reader) =>
        reader.CanBeCanceled && exception is OperationCanceledException cancelled && cancelled.CancellationToken == reader;

    private StreamEvent Judge(in SseEvent next)
    {
        var name = _target.Provider.Name;
        switch (next.Kind)
        {
            case SseEventKind.End:
                return Broken($"Provider '{name}' closed its stream without an end mark: the answer is not whole.");
            case SseEventKind.TooLarge:
                return Broken($"Provider '{name}' sent an event longer than {_limits.EventBytesMax} bytes.");
        }
        if (next.IsDone) return End(new StreamEvent(StreamEventKind.Done, default, null));
        var scanned = CompletionScanner.TryScan(next.Data.Span, out _shape);
        if (next.IsNamedError || scanned && _shape.HasError)
            return End(new StreamEvent(StreamEventKind.Failed, default, Verdict.OfErrorObject(name, ErrorBody.Parse(next.Data), _target.Credential)));
        return scanned
            ? new StreamEvent(StreamEventKind.Chunk, next.Data, null)
            : Broken($"Provider '{name}' sent a chunk that is not a JSON object.");
    }

    private StreamEvent Broken(string message) => End(new StreamEvent(StreamEventKind.Failed, default, ProviderFailures.BadAnswer(message)));

    private StreamEvent End(in StreamEvent last)
    {
        _last = last;
        return last;
    }

    /// <summary>A read whose reader left still owns the buffer: it ends before the buffer goes back.</summary>
    private async Task AbandonReadAsync()
    {
        _timer.Stop();
        try
        {
            await _pending!.ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception))
        {
            // It was told to stop.
        }
    }

    /// <summary>Behind the end mark comes the end of the answer, mostly in the same packet; having read it, the connection can be used again.</summary>
    private async Task ReadTailAsync()
    {
        try
        {
            var tail = _events.ReadAsync(_timer.Token);
            if (!tail.IsCompleted) _timer.Arm(Phase.Idle, _limits.StreamTailMs);
            await tail.ConfigureAwait(false);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception))
        {
            // The connection is closed instead.
        }
    }
}
