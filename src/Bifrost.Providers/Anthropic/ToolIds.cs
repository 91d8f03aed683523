using System.Buffers;
using System.Globalization;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// Ids of calls. Those of other providers may hold characters that are refused here; they are written in another way, the same for a call and its
/// result, and different for different ids.
/// </summary>
internal static class ToolIds
{
    private static readonly SearchValues<byte> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    /// <param name="to">Where to.</param>
    /// <param name="id">A JSON string with its quotes.</param>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> id)
    {
        var inner = JsonText.Inner(id);
        to.Byte((byte)'"');
        var start = inner;
        while (!start.IsEmpty)
        {
            var odd = start.IndexOfAnyExcept(s_allowed);
            to.Raw(odd < 0 ? start : start[..odd]);
            if (odd < 0) break;
            to.Byte((byte)'_');
            start = start[(odd + 1)..];
        }

        if (inner.IsEmpty || inner.ContainsAnyExcept(s_allowed))
        {
            to.Byte((byte)'_');
            Span<byte> digits = stackalloc byte[16];
            Fnv1a.Of(inner).TryFormat(digits, out var written, "x16", CultureInfo.InvariantCulture);
            to.Raw(digits[..written]);
        }

        to.Byte((byte)'"');
    }
}
