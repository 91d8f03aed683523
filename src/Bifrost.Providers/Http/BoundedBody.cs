using System.Runtime.CompilerServices;
using Bifrost.Calls.Limits;

namespace Bifrost.Providers.Http;

/// <summary>A whole body in one pooled buffer. Its holder returns the buffer.</summary>
internal struct BoundedBody
{
    private const int FirstBytes = 4_096;
    private byte[] _buffer;

    public int Length { get; private set; }

    /// <summary>True when there was more than may be read; the rest was left.</summary>
    public bool Exceeded { get; private set; }

    /// <summary>What it has of the room for answers, for itself and for one copy; null: it is small.</summary>
    public AnswerClaim? Claim { get; private set; }

    /// <summary>What was read, without a byte order mark.</summary>
    public readonly ReadOnlyMemory<byte> Bytes
    {
        get
        {
            var bytes = _buffer.AsMemory(0, Length);
            return bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        }
    }

    /// <summary>Reads to the end or to the limit. Each wait for bytes is bound by the idle limit. Throws as the stream does.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<BoundedBody> ReadAsync(
        Stream stream, long? announced, int bytesMax, PhaseTimer timer, int idleMs, AnswerRoom? room = null, string key = "")
    {
        var first = (int)Math.Clamp(announced + 1 ?? FirstBytes, 1, bytesMax);
        var body = new BoundedBody { _buffer = [] };
        try
        {
            if (first > AnswerRoom.SmallBytes && room is not null)
                body.Claim = await ClaimAsync(room, key, 2L * LargeArrays.Rented(first), timer).ConfigureAwait(false);
            body._buffer = LargeArrays.Rent(first);
            while (true)
            {
                if (body.Length == body._buffer.Length)
                {
                    var larger = (int)Math.Min(body._buffer.Length * 2L, bytesMax + 1L);

                    // Its size is not known: it claims the most, so that it never waits for more while it has some.
                    if (larger > AnswerRoom.SmallBytes && room is not null)
                        body.Claim ??= await ClaimAsync(room, key, 2L * LargeArrays.Rented(bytesMax), timer).ConfigureAwait(false);
                    body.Grow(larger);
                }

                var read = stream.ReadAsync(body._buffer.AsMemory(body.Length), timer.Token);
                if (!read.IsCompleted) timer.Arm(Phase.Idle, idleMs);
                var count = await read.ConfigureAwait(false);
                if (count == 0) break;
                body.Length += count;
                if (body.Length <= bytesMax) continue;
                body.Length = bytesMax;
                body.Exceeded = true;
                break;
            }
            body.Claim?.Shrink(2L * body._buffer.Length);
            return body;
        }
        catch
        {
            body.Return();
            body.Claim?.Dispose();
            throw;
        }
    }

    /// <summary>Leaves out the end mark of a stream that some servers write behind a plain answer; false: there is none.</summary>
    public bool TryDropEndMark()
    {
        if (!EndMark.IsBehind(_buffer.AsSpan(0, Length), out var length)) return false;
        Length = length;
        return true;
    }

    public void Return()
    {
        var buffer = _buffer;
        _buffer = [];
        Length = 0;
        if (buffer is { Length: > 0 }) LargeArrays.Return(buffer);
    }

    /// <summary>Waits for room, as long as the whole request may last.</summary>
    private static async ValueTask<AnswerClaim> ClaimAsync(AnswerRoom room, string key, long bytes, PhaseTimer timer)
    {
        var claim = new AnswerClaim(room, key);
        timer.Arm(Phase.Total, int.MaxValue);
        await claim.TakeAsync(bytes, timer.Token).ConfigureAwait(false);
        return claim;
    }

    private void Grow(int bytes)
    {
        var larger = LargeArrays.Rent(bytes);
        _buffer.AsSpan(0, Length).CopyTo(larger);
        LargeArrays.Return(_buffer);
        _buffer = larger;
    }
}
