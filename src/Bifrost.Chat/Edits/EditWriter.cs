using System.Buffers;

namespace Bifrost.Chat.Edits;

/// <summary>Applies edits while copying. Edits out of order or overlapping are a broken contract and throw.</summary>
public static class EditWriter
{
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> source, ReadOnlySpan<Edit> edits)
    {
        var position = 0;
        foreach (ref readonly var edit in edits)
        {
            to.Write(source[position..edit.Offset]);
            to.Write(edit.Bytes.Span);
            position = edit.Offset + edit.Length;
        }

        to.Write(source[position..]);
    }

    /// <summary>Bytes that <see cref="Write"/> will produce.</summary>
    public static int LengthOf(int sourceLength, ReadOnlySpan<Edit> edits)
    {
        var length = sourceLength;
        foreach (ref readonly var edit in edits) length += edit.Bytes.Length - edit.Length;
        return length;
    }
}
