using System.Buffers.Binary;

namespace Bifrost.Testing;

/// <summary>The fields of one message of protocol buffers, in their order.</summary>
internal static class ProtoFields
{
    /// <summary>A varint or fixed number stands in Number, everything with a length in Bytes.</summary>
    public static IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Of(ReadOnlyMemory<byte> message)
    {
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var (field, number, bytes) = ((int)(tag >> 3), 0UL, ReadOnlyMemory<byte>.Empty);
            switch (tag & 7)
            {
                case 0:
                    number = Varint(ref message);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(message.Span);
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    (bytes, message) = (message[..length], message[length..]);
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(message.Span);
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"A field of type {tag & 7}.");
            }

            yield return (field, number, bytes);
        }
    }

    /// <summary>Messages below a path of field numbers.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Below(ReadOnlyMemory<byte> message, params IEnumerable<int> path)
    {
        IEnumerable<ReadOnlyMemory<byte>> found = [message];
        foreach (var step in path) found = found.SelectMany(one => Of(one).Where(field => field.Field == step).Select(static field => field.Bytes));
        return found;
    }

    private static ulong Varint(ref ReadOnlyMemory<byte> from)
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = from.Span[0];
            from = from[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
            shift += 7;
        }
    }
}
