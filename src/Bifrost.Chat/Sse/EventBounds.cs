namespace Bifrost.Chat.Sse;

/// <summary>
/// Where an event ends without a blank line. Two data lines are one event by the standard, joined by a line feed. Where what stands before the
/// line feed ends a JSON value and what follows begins another, no JSON can come of them: a comma would stand between.
/// </summary>
internal static class EventBounds
{
    private static ReadOnlySpan<byte> ErrorField => "error:"u8;

    /// <summary>Whether the line is the first one of another event.</summary>
    /// <param name="line">The line behind the data so far.</param>
    /// <param name="data">The data so far.</param>
    /// <param name="isRaw">Whether the data so far has no field name.</param>
    public static bool IsBefore(ReadOnlySpan<byte> line, ReadOnlySpan<byte> data, bool isRaw)
    {
        var isData = line.StartsWith("data:"u8);
        var isError = IsError(line);
        if (isRaw && (isData || isError || line.StartsWith("event:"u8))) return true;
        var value = (isData ? line["data:"u8.Length..] : isError ? line[ErrorField.Length..] : line).Trim(" \t"u8);
        if (value.IsEmpty || !(value[0] == (byte)'{' || SseReader.IsDone(value))) return false;
        return MayEndJson(data) || data.Trim(" \t"u8).SequenceEqual("null"u8);
    }

    /// <summary>
    /// Whether a line is an error in a field of that name, as servers of llama.cpp wrote it until 2025. Any other use of the name means nothing.
    /// </summary>
    public static bool IsError(ReadOnlySpan<byte> line) =>
        line.StartsWith(ErrorField) && line[ErrorField.Length..].TrimStart(" \t"u8).StartsWith("{"u8);

    /// <summary>Whether a line begins a JSON object, or an array of them.</summary>
    public static bool BeginsJson(ReadOnlySpan<byte> line)
    {
        var value = line.Trim(" \t"u8);
        return value.StartsWith("{"u8) || value.StartsWith("[{"u8) || value.SequenceEqual("["u8);
    }

    /// <summary>Whether the last byte that is no blank closes an object or an array.</summary>
    public static bool MayEndJson(ReadOnlySpan<byte> data)
    {
        var last = data.LastIndexOfAnyExcept(" \t\r\n"u8);
        return last >= 0 && data[last] is (byte)'}' or (byte)']';
    }

    public static bool IsBlank(ReadOnlySpan<byte> data) => data.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
