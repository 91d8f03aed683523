using System.Buffers;
using System.Globalization;
using System.Text;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// Names of functions. One that is refused there is written in another way, the same in tools, calls and results, and an answer has the caller's name
/// again.
/// </summary>
internal sealed class ToolNames
{
    private const int LengthMax = 64;
    private const int HashLength = 16;

    private static readonly SearchValues<byte> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"u8);

    private Dictionary<string, byte[]>? _originals;

    /// <param name="to">Where to.</param>
    /// <param name="name">A JSON string with its quotes.</param>
    public void Write(ref JsonSink to, ReadOnlySpan<byte> name)
    {
        var inner = JsonText.Inner(name);
        if (IsPlain(inner))
        {
            to.Raw(name);
            return;
        }

        var sent = Rewritten(inner);
        (_originals ??= new Dictionary<string, byte[]>(StringComparer.Ordinal))[sent] = name.ToArray();
        to.Quoted(sent);
    }

    /// <summary>The caller's name of a function; both are JSON strings with their quotes.</summary>
    public ReadOnlySpan<byte> Original(ReadOnlySpan<byte> sent) =>
        _originals is not null && JsonText.Read(sent) is { } name && _originals.TryGetValue(name, out var original) ? original : sent;

    private static bool IsPlain(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LengthMax && (char.IsAsciiLetter((char)name[0]) || name[0] == (byte)'_') && !name.ContainsAnyExcept(s_allowed);

    private static string Rewritten(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder("_");
        foreach (var one in name)
        {
            if (text.Length == LengthMax - HashLength - 1) break;
            text.Append(s_allowed.Contains(one) ? (char)one : '_');
        }

        return text.Append('_').Append(Fnv1a.Of(name).ToString("x16", CultureInfo.InvariantCulture)).ToString();
    }
}
