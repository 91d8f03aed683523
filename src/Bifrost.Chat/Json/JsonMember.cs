namespace Bifrost.Chat.Json;

/// <summary>One member of an object: its value, and what has to go with it when it is taken out.</summary>
internal struct JsonMember
{
    public int NameStart;
    public JsonSpan Value;

    /// <summary>End of the value before it; 0 when it is the first member.</summary>
    public int PreviousEnd;

    public bool IsNull;

    public readonly bool Exists => Value.Exists;

    /// <summary>
    /// The bytes to drop, one comma included where there is one: up to the next member's name, or from the end of the value before it.
    /// <paramref name="json"/> is the text that the member was found in.
    /// </summary>
    public readonly JsonSpan WholeIn(ReadOnlySpan<byte> json)
    {
        var next = SkipSpace(json, Value.End);
        if (json[next] == (byte)',') return new(NameStart, SkipSpace(json, next + 1));
        return new(PreviousEnd > 0 ? PreviousEnd : NameStart, Value.End);
    }

    private static int SkipSpace(ReadOnlySpan<byte> json, int position)
    {
        while (json[position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') position++;
        return position;
    }
}
