using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Providers.Json;

/// <summary>
/// Walks the members of one JSON object without a tree; every value is a slice of the bytes. What is no object has no members. The bytes must be
/// valid JSON.
/// </summary>
internal ref struct JsonMembers
{
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;
    private ReadOnlySpan<byte> _name;
    private bool _nameIsEscaped;

    public JsonMembers(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, Options);
    }

    /// <summary>The member's value as it stands, quotes included.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>What the value begins with.</summary>
    public JsonTokenType Kind { get; private set; }

    public readonly bool IsNull => Kind == JsonTokenType.Null;
    public readonly bool IsText => Kind == JsonTokenType.String;

    /// <summary>The member's name as it stands, without quotes.</summary>
    public readonly ReadOnlySpan<byte> RawName => _name;

    public bool Next()
    {
        if (_json.IsEmpty) return false;
        if (_reader.TokenType == JsonTokenType.None && (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)) return false;
        if (_reader.TokenType == JsonTokenType.EndObject && _reader.CurrentDepth == 0) return false;
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName) return false;
        _name = _reader.ValueSpan;
        _nameIsEscaped = _reader.ValueIsEscaped;
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        Kind = _reader.TokenType;
        _reader.Skip();
        Value = _json[start..(int)_reader.BytesConsumed];
        return true;
    }

    /// <summary>Whether this is the member's name, escapes undone.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name)
    {
        if (!_nameIsEscaped) return _name.SequenceEqual(name);
        Span<byte> plain = stackalloc byte[FieldName.LengthMax];
        var length = FieldName.Decode(_name, plain, out var folded);
        return length >= 0 && !folded && plain[..length].SequenceEqual(name);
    }

    /// <summary>The value of the first member of this name; empty when there is none or it is null.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var members = new JsonMembers(json);
        while (members.Next())
            if (members.Is(name)) return members.IsNull ? default : members.Value;
        return default;
    }
}
