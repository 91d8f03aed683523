using Bifrost.Calls.Limits;
using Bifrost.Jobs.Rules;
using System.IO.Compression;

namespace Bifrost.Jobs.Transactions;

/// <summary>Bytes as they lie in the database. Packed and unpacked outside of transactions, on the caller's thread.</summary>
/// <param name="Encoding">0: as they are. 1: Brotli.</param>
/// <param name="Length">Bytes before packing.</param>
/// <param name="Bytes">What is stored.</param>
public readonly record struct PackedBody(int Encoding, int Length, ReadOnlyMemory<byte> Bytes)
{
    private const int Plain = 0;
    private const int Brotli = 1;

    /// <summary>Good enough for JSON, and faster than the disk.</summary>
    private const int Quality = 3;

    private const int WindowBits = 20;

    /// <summary>Compresses what is larger than the limit and becomes smaller by it.</summary>
    public static PackedBody Of(ReadOnlyMemory<byte> body, int compressAboveBytes)
    {
        if (body.Length > compressAboveBytes)
        {
            var room = LargeArrays.Rent(body.Length);
            var isSmaller = BrotliEncoder.TryCompress(body.Span, room.AsSpan(0, body.Length), out var length, Quality, WindowBits);
            var packed = isSmaller ? room.AsSpan(0, length).ToArray() : [];
            LargeArrays.Return(room);
            if (isSmaller) return new(Brotli, body.Length, packed);
        }

        return new(Plain, body.Length, body);
    }

    public ReadOnlyMemory<byte> Unpack()
    {
        if (Encoding == Plain) return Bytes;
        var body = LargeArrays.Take(Length);
        return Encoding == Brotli && BrotliDecoder.TryDecompress(Bytes.Span, body.Span, out var length) && length == Length
            ? body
            : throw new InvalidDataException($"A stored body of {Length} bytes in encoding {Encoding} cannot be unpacked.");
    }
}
