using System.Buffers;
using System.IO.Pipelines;

namespace Bifrost.Gateway.Chat;

/// <summary>
/// Frames events as <c>data: {json}</c> with one flush each, and sends a comment after a silence, so that no proxy on the way takes
/// the connection for dead (contract section 5). None comes before the first event: until then status and headers may still be others. The
/// timer re-arms itself for the rest of the silence; later events never touch it.
/// </summary>
internal sealed class SseWriter : IAsyncDisposable
{
    private readonly PipeWriter _to;
    private readonly TimeProvider _time;
    private readonly TimeSpan _silence;
    private readonly ITimer _timer;

    // One writer at a time: an event, or the timer's comment.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // All written under _turn.
    private long _writtenAt;
    private bool _ended;
    private bool _begun;

    public SseWriter(PipeWriter to, TimeSpan silence, TimeProvider time)
    {
        (_to, _silence, _time) = (to, silence, time);
        _writtenAt = time.GetTimestamp();
        _timer = time.CreateTimer(static state => _ = ((SseWriter)state!).BeatAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ValueTask WriteEventAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        WriteAsync("data: "u8, json.Span, "\n\n"u8, cancellationToken);

    /// <summary>
    /// An error object as an event. It says <c>"choices":null</c> besides: some clients know no error events and would go on to take
    /// the answer for whole; at choices that are no list even they stop.
    /// </summary>
    public ValueTask WriteErrorAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        WriteAsync("data: {\"choices\":null,"u8, json.Span[1..], "\n\n"u8, cancellationToken);

    public ValueTask WriteDoneAsync(CancellationToken cancellationToken) => WriteAsync("data: [DONE]\n\n"u8, default, default, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _turn.WaitAsync();
        _ended = true;
        _turn.Release();
    }

    private ValueTask WriteAsync(
        ReadOnlySpan<byte> before, ReadOnlySpan<byte> json, ReadOnlySpan<byte> after, CancellationToken cancellationToken)
    {
        // The turn is nearly always free; when a comment is being sent, it is a matter of microseconds.
        if (!_turn.Wait(0, CancellationToken.None)) return WriteLaterAsync([.. before, .. json, .. after], cancellationToken);
        _to.Write(before);
        _to.Write(json);
        _to.Write(after);
        return FlushAsync(cancellationToken);
    }

    private async ValueTask WriteLaterAsync(byte[] frame, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        _to.Write(frame);
        await FlushAsync(cancellationToken);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _to.FlushAsync(cancellationToken);
        }
        finally
        {
            _writtenAt = _time.GetTimestamp();
            if (!_begun) _begun = _timer.Change(_silence, Timeout.InfiniteTimeSpan);
            _turn.Release();
        }
    }

    private async Task BeatAsync()
    {
        // Busy: something is being written, which is no silence.
        var mine = await _turn.WaitAsync(0);
        try
        {
            var rest = _silence - (mine ? _time.GetElapsedTime(_writtenAt) : TimeSpan.Zero);
            if (mine && _ended) return;
            if (rest <= TimeSpan.Zero)
            {
                _to.Write(": heartbeat\n\n"u8);
                await _to.FlushAsync();
                _writtenAt = _time.GetTimestamp();
                rest = _silence;
            }

            _timer.Change(rest, Timeout.InfiniteTimeSpan);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection is gone; the reader of the events learns it from the request's own token.
        }
        finally
        {
            if (mine) _turn.Release();
        }
    }
}
