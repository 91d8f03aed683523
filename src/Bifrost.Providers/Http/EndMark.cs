namespace Bifrost.Providers.Http;

/// <summary>The end mark of a stream, as some servers write it behind a whole answer.</summary>
internal static class EndMark
{
    /// <summary>Whether a body ends in one; <paramref name="length"/>: the bytes before it.</summary>
    public static bool IsBehind(ReadOnlySpan<byte> body, out int length)
    {
        length = 0;
        var text = body.TrimEnd(" \t\r\n"u8);
        if (!text.EndsWith("[DONE]"u8)) return false;
        text = text[..^"[DONE]"u8.Length].TrimEnd(" "u8);
        if (!text.EndsWith("data:"u8)) return false;
        length = text.Length - "data:"u8.Length;
        return true;
    }
}
