using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>
/// A live stream of chunks: held back until there is something to send, watched by the limits, ended once. What an event means is the dialect's, in
/// the class that derives from it. What is cut off ends as a failure: a truncated answer is never shown as a whole one (contract section 5).
/// </summary>
internal abstract class UpstreamStream : ScannedStream
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
    private int _disposed;

    protected UpstreamStream(UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits)
    {
        _target = target;
        _response = response;
        _timer = timer;
        _limits = limits;
        _events = new SseReader(body, limits.EventBytesMax);
    }

    public override ref readonly CompletionShape Shape => ref _shape;

    protected UpstreamTarget Target => _target;

    /// <summary>True when the regular end of the body ends the answer.</summary>
    protected abstract bool EndsHere { get; }

    /// <summary>
    /// Waits for the first chunk with content, under the limit that the caller has armed. Chunks before it (a role, nothing) are held back, at
    /// most for <see cref="ProviderLimits.HoldMs"/>: what fails until then is a failure before the first byte, and another target may
    /// still answer. On failure the response and the timer stay the caller's.
    /// </summary>
    /// <param name="time">The clock of the hold.</param>
    /// <returns>Null, or why there is no stream.</returns>
    public async Task<ProviderFailure?> OpenAsync(TimeProvider time)
    {
        var opened = false;
        try
        {
            var failure = await HoldAsync(time).ConfigureAwait(false);
            opened = failure is null;
            return failure;
        }
        finally
        {
            if (!opened) Release();
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
            return Failed(TransportFailure.WithinAnswer(exception, _target.Provider, _timer));
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
    private bool TryJudge(in SseEvent next, out StreamEvent judged)
    {
        judged = default;
        switch (next.Kind)
        {
            case SseEventKind.LifeSign:
                return false;
            case SseEventKind.End:
                judged = EndsHere ? Done() : Broken("closed its stream without an end mark: the answer is not whole.");
                return true;
            case SseEventKind.TooLarge:
                judged = Broken($"sent an event longer than {_limits.EventBytesMax} bytes.");
                return true;
        }

        if (!TryJudgeData(next, ref _shape, out judged)) return false;
        if (judged.Kind == StreamEventKind.Chunk && IsToBeSent(_shape)) _timer.TokenCame();
        return true;
    }

    /// <summary>
    /// What an event with data means: a chunk in OpenAI's shape with its scan in <paramref name="shape"/>, the end or a failure; false for one that
    /// means nothing.
    /// </summary>
    protected abstract bool TryJudgeData(in SseEvent next, ref CompletionShape shape, out StreamEvent judged);

    protected StreamEvent Done() => End(new StreamEvent(StreamEventKind.Done, default, null));

    /// <summary>The provider told of an error.</summary>
    protected StreamEvent Said(ErrorBody error) => Failed(Verdict.OfErrorObject(_target.Provider.Name, error, _target.Credential));

    /// <summary>The stream is not what it should be: <paramref name="what"/> follows the provider's name.</summary>
    protected StreamEvent Broken(string what) => Failed(ProviderFailures.BadAnswer($"Provider '{_target.Provider.Name}' {what}"));

    protected StreamEvent Failed(ProviderFailure failure) => End(new StreamEvent(StreamEventKind.Failed, default, failure));

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
