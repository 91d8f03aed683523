using System.Text.Json;

namespace Bifrost.Chat.Tokens;

/// <summary>The text of a JSON string.</summary>
internal static class JsonText
{
    /// <summary>Undoes the escapes of a string's bytes; false where they make no text.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, out string text)
    {
        var quoted = new byte[raw.Length + 2];
        quoted[0] = quoted[^1] = (byte)'"';
        raw.CopyTo(quoted.AsSpan(1));
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
