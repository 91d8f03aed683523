using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>
/// A live stream of chunks. What is an error, in whatever dress, or cut off, ends it as a failure: a truncated answer is never shown as
/// a whole one (contract section 5). Objects that are no chunks are passed over.
/// </summary>
internal sealed class OpenAiStream : ScannedStream
{
    private readonly UpstreamTarget _target;
    private readonly HttpResponseMessage _response;
    private readonly PhaseTimer _timer;
    private readonly ProviderLimits _limits;
    private readonly SseReader _events;

    // Owned by the one reader, then by DisposeAsync.
    private readonly HeldChunks _held = new();
    private CompletionShape _shape;
    private StreamEvent? _first;
    private CompletionShape _firstShape;
    private StreamEvent? _last;
    private Task<SseEvent>? _pending;
    private ulong _choosing, _ended;
    private bool _isWhole;
    private int _disposed;

    private OpenAiStream(UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits)
    {
        _target = target;
        _response = response;
        _timer = timer;
        _limits = limits;
        _events = new SseReader(body, limits.EventBytesMax);
    }

    public override ref readonly CompletionShape Shape => ref _shape;

    /// <summary>True when the regular end of the body ends the answer: a whole completion was sent, or each choice has ended where that suffices.</summary>
    private bool EndsHere => _isWhole || (_target.Provider.EndsWithoutMark && _ended != 0 && (_choosing & ~_ended) == 0);

    /// <summary>
    /// Waits for the first chunk with content, under the limit that the caller has armed. Chunks before it (a role, nothing) are held back, at
    /// most for <see cref="ProviderLimits.HoldMs"/>: what fails until then is a failure before the first byte, and another target may
    /// still answer. On failure the response and the timer stay the caller's.
    /// </summary>
    /// <param name="target">Where it comes from.</param>
    /// <param name="response">The answer.</param>
    /// <param name="body">Its body, without coding.</param>
    /// <param name="timer">The limits of the call.</param>
    /// <param name="limits">Sizes and times.</param>
    /// <param name="time">The clock of the hold.</param>
    public static async Task<(OpenAiStream? Stream, ProviderFailure? Failure)> OpenAsync(
        UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits, TimeProvider time)
    {
        var stream = new OpenAiStream(target, response, body, timer, limits);
        var opened = false;
        try
        {
            var failure = await stream.HoldAsync(time).ConfigureAwait(false);
            opened = failure is null;
            return opened ? (stream, null) : (null, failure);
        }
        finally
        {
            if (!opened) stream.Release();
        }
    }

    public override ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken)
    {
        if (_held.TryTake(out var held))
        {
            CompletionScanner.TryScan(held.Span, out _shape);
            return new(new StreamEvent(StreamEventKind.Chunk, held, null));
        }
        if (_first is { } first)
        {
            (_first, _shape) = (null, _firstShape);
            return new(first);
        }
        if (_last is { } last) return new(last);
        if (_pending is not null) return WaitAsync(new ValueTask<SseEvent>(_pending), cancellationToken);
        while (true)
        {
            var next = _events.ReadAsync(_timer.Token);
            if (!next.IsCompletedSuccessfully) return WaitAsync(next, cancellationToken);
            if (TryJudge(next.Result, out var judged)) return new(judged);
        }
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
            Release();
            _timer.Dispose();
            _target.Watcher?.StreamEnded(_last?.Failure);
        }
    }

    private void Release()
    {
        _events.Dispose();
        _held.Dispose();
    }

    /// <summary>Reads until there is something to send; null then, else why there is nothing.</summary>
    private async Task<ProviderFailure?> HoldAsync(TimeProvider time)
    {
        long heldSince = 0;
        while (true)
        {
            var read = _events.ReadAsync(_timer.Token);
            if (!read.IsCompleted && _held.HasVisible)
            {
                _pending = read.AsTask();
                if (!await CameInTimeAsync(_pending, heldSince, time).ConfigureAwait(false)) return Opened();
                read = new ValueTask<SseEvent>(_pending);
            }

            var next = await read.ConfigureAwait(false);
            _pending = null;
            if (!TryJudge(next, out var judged))
            {
                // A sign of life.
                _timer.Arm(Phase.FirstChunk, _target.Provider.FirstByteTimeoutMs);
                continue;
            }

            if (judged.Kind == StreamEventKind.Failed) return _held.Told(judged.Failure!);
            if (judged.Kind == StreamEventKind.Done)
            {
                var isEmpty = _held.IsEmpty;
                return isEmpty ? ProviderFailures.BadAnswer($"Provider '{_target.Provider.Name}' ended its stream without a single chunk.") : Opened();
            }

            if (IsToBeSent(_shape) || !_held.TryAdd(judged.Json, _shape))
            {
                (_first, _firstShape) = (judged, _shape);
                return Opened();
            }

            if (heldSince == 0 && _held.HasVisible) heldSince = time.GetTimestamp();
        }
    }

    private ProviderFailure? Opened()
    {
        _timer.Disarm();
        return null;
    }

    private static bool IsToBeSent(in CompletionShape shape) => shape.Content.All > 0 || shape.FinishReasonSeen;

    /// <summary>Whether the next event is there before what is held must be sent.</summary>
    private async Task<bool> CameInTimeAsync(Task<SseEvent> read, long heldSince, TimeProvider time)
    {
        var left = TimeSpan.FromMilliseconds(_limits.HoldMs) - time.GetElapsedTime(heldSince);
        if (left <= TimeSpan.Zero) return read.IsCompleted;
        try
        {
            await read.WaitAsync(left, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async ValueTask<StreamEvent> WaitAsync(ValueTask<SseEvent> read, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Armed only while somebody waits: the time that the reader takes is not the upstream's. A sign of life arms it anew.
                _timer.Arm(Phase.Idle, _target.Provider.StreamIdleTimeoutMs);
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
                if (TryJudge(next, out var judged)) return judged;
                read = _events.ReadAsync(_timer.Token);
            }
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception) && !IsLeaving(exception, cancellationToken))
        {
            _pending = null;
            return End(new StreamEvent(StreamEventKind.Failed, default, TransportFailure.WithinAnswer(exception, _target.Provider, _timer)));
        }
        finally
        {
            _timer.Disarm();
        }
    }

    /// <summary>True when the wait was given up, not the read.</summary>
    private static bool IsLeaving(Exception exception, CancellationToken reader) =>
        reader.CanBeCanceled && exception is OperationCanceledException cancelled && cancelled.CancellationToken == reader;

    /// <summary>What an event means; false for one that means nothing: a sign of life, or an object that is no chunk.</summary>
    private bool TryJudge(in SseEvent read, out StreamEvent judged)
    {
        judged = default;
        var next = read.IsRaw && EndMark.IsBehind(read.Data.Span, out var length) ? read with { Data = read.Data[..length] } : read;
        var name = _target.Provider.Name;
        switch (next.Kind)
        {
            case SseEventKind.LifeSign:
                return false;
            case SseEventKind.End:
                judged = EndsHere
                    ? End(new StreamEvent(StreamEventKind.Done, default, null))
                    : Broken($"Provider '{name}' closed its stream without an end mark: the answer is not whole.");
                return true;
            case SseEventKind.TooLarge:
                judged = Broken($"Provider '{name}' sent an event longer than {_limits.EventBytesMax} bytes.");
                return true;
        }

        if (next.IsDone)
        {
            judged = End(new StreamEvent(StreamEventKind.Done, default, null));
            return true;
        }

        if (!CompletionScanner.TryScan(next.Data.Span, out _shape)) return TryJudgeOther(next, out judged);
        if (next.IsNamedError || _shape.HasError)
        {
            judged = Said(ErrorBody.Parse(next.Data));
            return true;
        }

        if (_shape.IsNothing) return false;
        judged = new StreamEvent(StreamEventKind.Chunk, ChunkOf(next), null);
        Follow();
        return true;
    }

    /// <summary>
    /// An event that is no JSON object: an error in a list, under the name of one, in plain words, or behind an event that was never finished;
    /// null, or a comment that was taken for data on its way; or nothing that can be read.
    /// </summary>
    private bool TryJudgeOther(in SseEvent next, out StreamEvent judged)
    {
        judged = default;
        var data = next.Data.Span.Trim(" \t"u8);
        if (!next.IsNamedError && (data.SequenceEqual("null"u8) || data.StartsWith(":"u8))) return false;
        var behind = next.Data[(next.Data.Span.LastIndexOf((byte)'\n') + 1)..];
        var isBehind = behind.Length < next.Data.Length && CompletionScanner.TryScan(behind.Span, out var shape) && shape.HasError;
        var error = ErrorBody.Parse(isBehind ? behind : next.Data);
        judged = next.IsNamedError || error.IsTold || ErrorBody.IsInWords(data)
            ? Said(error)
            : Broken($"Provider '{_target.Provider.Name}' sent a chunk that is not a JSON object.");
        return true;
    }

    /// <summary>The bytes of a chunk. A whole completion in its place becomes one.</summary>
    private ReadOnlyMemory<byte> ChunkOf(in SseEvent next)
    {
        var isWhole = (_shape.HasMessage || next.IsRaw) && _shape.HasChoices && !_shape.HasDelta;
        _isWhole |= isWhole;
        if (!isWhole || !_shape.HasMessage) return next.Data;
        var chunk = new ArrayBufferWriter<byte>(next.Data.Length + 64);
        WholeAsChunk.Write(chunk, next.Data.Span);
        CompletionScanner.TryScan(chunk.WrittenSpan, out _shape);
        return chunk.WrittenMemory;
    }

    private void Follow()
    {
        _choosing |= _shape.Choosing;
        _ended |= _shape.Ending;
        if (IsToBeSent(_shape)) _timer.TokenCame();
    }

    private StreamEvent Said(ErrorBody error) =>
        End(new StreamEvent(StreamEventKind.Failed, default, Verdict.OfErrorObject(_target.Provider.Name, error, _target.Credential)));

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
            SseEvent tail;
            do
            {
                var read = _events.ReadAsync(_timer.Token);
                if (!read.IsCompleted) _timer.Arm(Phase.Idle, _limits.StreamTailMs);
                tail = await read.ConfigureAwait(false);
            }
            while (tail.Kind == SseEventKind.LifeSign);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception))
        {
            // The connection is closed instead.
        }
    }
}
