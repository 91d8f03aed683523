using System.Text.Json;

namespace Bifrost.Providers.Json;

/// <summary>Walks the items of one JSON array without a tree; every item is a slice of the bytes. What is no array has none.</summary>
internal ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    public JsonItems(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, JsonMembers.Options);
    }

    /// <summary>The item as it stands.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>What it begins with.</summary>
    public JsonTokenType Kind { get; private set; }

    /// <summary>Where it begins in the array's bytes.</summary>
    public int Start { get; private set; }

    /// <summary>The item's place, from 0.</summary>
    public int Index { get; private set; } = -1;

    public bool Next()
    {
        if (_json.IsEmpty) return false;
        if (_reader.TokenType == JsonTokenType.None && (!_reader.Read() || _reader.TokenType != JsonTokenType.StartArray)) return false;
        if (!_reader.Read() || (_reader.TokenType == JsonTokenType.EndArray && _reader.CurrentDepth == 0)) return false;
        Start = (int)_reader.TokenStartIndex;
        Kind = _reader.TokenType;
        _reader.Skip();
        Value = _json[Start..(int)_reader.BytesConsumed];
        Index++;
        return true;
    }

    public static int Count(ReadOnlySpan<byte> json)
    {
        var items = new JsonItems(json);
        while (items.Next())
        {
        }

        return items.Index + 1;
    }
}
