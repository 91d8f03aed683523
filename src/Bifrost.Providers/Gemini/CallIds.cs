using System.Buffers.Text;
using System.Globalization;

namespace Bifrost.Providers.Gemini;

/// <summary>Ids of calls. Where the provider gives none, one is made of the answer's id and the call's number, and never sent back.</summary>
internal static class CallIds
{
    /// <summary>Bytes that a made id takes, with its quotes.</summary>
    public const int MadeBytesMax = 48;

    private static ReadOnlySpan<byte> Prefix => "\"call_gw_"u8;

    /// <summary>Whether an id, between its quotes, was made here.</summary>
    public static bool IsMade(ReadOnlySpan<byte> inner) => inner.StartsWith(Prefix[1..]);

    /// <summary>An id as a JSON string.</summary>
    /// <param name="room">Where it is written.</param>
    /// <param name="answer">What stands for the answer.</param>
    /// <param name="number">The call's place among those of the answer.</param>
    public static ReadOnlySpan<byte> Make(Span<byte> room, ulong answer, int number)
    {
        Prefix.CopyTo(room);
        var length = Prefix.Length;
        answer.TryFormat(room[length..], out var written, "x16", CultureInfo.InvariantCulture);
        length += written;
        room[length++] = (byte)'_';
        Utf8Formatter.TryFormat(number, room[length..], out written);
        length += written;
        room[length++] = (byte)'"';
        return room[..length];
    }
}
