namespace Bifrost.Ledger.Store;

/// <summary>
/// Text from callers (request ids, model names) that every database can hold: a NUL and half a surrogate pair become U+FFFD. An entry is
/// money that was spent; an odd character in it is no reason to turn it away.
/// </summary>
public static class StorableText
{
    public static string Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (text[i] == '\0' || char.IsSurrogate(text[i])) return Repair(text, i);
        }

        return text;
    }

    public static string? OrNull(string? text) => text is null ? null : Of(text);

    private static string Repair(string text, int from)
    {
        var chars = text.ToCharArray();
        for (var i = from; i < chars.Length; i++)
        {
            if (char.IsHighSurrogate(chars[i]) && i + 1 < chars.Length && char.IsLowSurrogate(chars[i + 1])) i++;
            else if (chars[i] == '\0' || char.IsSurrogate(chars[i])) chars[i] = '\uFFFD';
        }

        return new string(chars);
    }
}
