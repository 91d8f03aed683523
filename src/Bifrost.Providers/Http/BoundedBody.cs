using System.Buffers;
using System.Runtime.CompilerServices;

namespace Bifrost.Providers.Http;

/// <summary>A whole body in one pooled buffer. Its holder returns the buffer.</summary>
internal struct BoundedBody
{
    private const int FirstBytes = 4_096;
    private byte[] _buffer;

    public int Length { get; private set; }

    /// <summary>True when there was more than may be read; the rest was left.</summary>
    public bool Exceeded { get; private set; }

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
    public static async ValueTask<BoundedBody> ReadAsync(Stream stream, long? announced, int bytesMax, PhaseTimer timer, int idleMs)
    {
        var body = new BoundedBody { _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(announced + 1 ?? FirstBytes, 1, bytesMax)) };
        try
        {
            while (true)
            {
                if (body.Length == body._buffer.Length) body.Grow(bytesMax);
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
            return body;
        }
        catch
        {
            body.Return();
            throw;
        }
    }

    /// <summary>Leaves out the end mark of a stream that some servers write behind a plain answer; false: there is none.</summary>
    public bool TryDropEndMark()
    {
        var text = _buffer.AsSpan(0, Length).TrimEnd(" \t\r\n"u8);
        if (!text.EndsWith("[DONE]"u8)) return false;
        text = text[..^"[DONE]"u8.Length].TrimEnd(" "u8);
        if (!text.EndsWith("data:"u8)) return false;
        Length = text.Length - "data:"u8.Length;
        return true;
    }

    public void Return()
    {
        var buffer = _buffer;
        _buffer = [];
        Length = 0;
        if (buffer is { Length: > 0 }) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow(int bytesMax)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 2L, bytesMax + 1L));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
