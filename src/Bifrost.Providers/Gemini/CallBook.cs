using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>The calls of the last turn: results come right behind it, in its order, and by the names of its functions.</summary>
internal sealed class CallBook
{
    private readonly Dictionary<string, int> _orders = new(StringComparer.Ordinal);
    private readonly List<(int Start, int Length)> _names = [];

    public void Clear()
    {
        _orders.Clear();
        _names.Clear();
    }

    /// <param name="id">The call's id, a JSON string.</param>
    /// <param name="nameStart">Where the function's name stands among the bytes of the messages.</param>
    /// <param name="nameLength">Its length.</param>
    public void Add(ReadOnlySpan<byte> id, int nameStart, int nameLength)
    {
        if (JsonText.Read(id) is { } text) _orders[text] = _names.Count;
        _names.Add((nameStart, nameLength));
    }

    /// <summary>The place of the call among those of its turn; null: it is not there.</summary>
    public int? OrderOf(ReadOnlySpan<byte> id) => JsonText.Read(id) is { } text && _orders.TryGetValue(text, out var order) ? order : null;

    /// <summary>The name of the function that a call was made of, in the bytes of the messages.</summary>
    public ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> messages, int order) => messages.Slice(_names[order].Start, _names[order].Length);
}
