using System.Buffers;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Providers.Exchanges;

/// <summary>
/// Chunks at the beginning of a stream that are not sent yet, copied one behind the other into a pooled array: each with its length before it.
/// </summary>
internal sealed class HeldChunks : IDisposable
{
    private const int BytesMax = 64 * 1024;
    private const int LengthBytes = sizeof(int);

    private byte[] _bytes = [];
    private int _filled;
    private int _taken;
    private UsageTold _told;

    public bool IsEmpty => _filled == 0;

    /// <summary>True when one of them is a chunk that the client is to see, not a usage alone.</summary>
    public bool HasVisible { get; private set; }

    /// <summary>False when there is no room for it.</summary>
    public bool TryAdd(ReadOnlyMemory<byte> chunk, in CompletionShape shape)
    {
        var needed = _filled + LengthBytes + chunk.Length;
        if (needed > BytesMax) return false;
        if (needed > _bytes.Length) Grow(needed);
        BitConverter.TryWriteBytes(_bytes.AsSpan(_filled), chunk.Length);
        chunk.Span.CopyTo(_bytes.AsSpan(_filled + LengthBytes));
        _filled = needed;
        HasVisible |= !shape.IsUsageOnly;
        _told.Add(shape.Told);
        return true;
    }

    /// <summary>The next one, valid until these are disposed.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> chunk)
    {
        chunk = default;
        if (_taken == _filled) return false;
        var length = BitConverter.ToInt32(_bytes, _taken);
        chunk = _bytes.AsMemory(_taken + LengthBytes, length);
        _taken += LengthBytes + length;
        return true;
    }

    /// <summary>The failure that followed them. An error of the provider's own costs what was told before it.</summary>
    public ProviderFailure Told(ProviderFailure failure) =>
        failure is { FromProvider: true, Usage: null } && _told.Tokens() is { } usage ? failure with { Usage = usage } : failure;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _filled = _taken = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 1_024));
        _bytes.AsSpan(0, _filled).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
