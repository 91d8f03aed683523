using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>
/// Counts what a request sends while the parser reads it. What is not understood counts as what is dearer: a part of an unknown kind as
/// one whose size its bytes do not tell, an inline image whose part says two things as text.
/// </summary>
internal partial struct ContentTally
{
    private const int NameLengthMax = 64;
    private const string Unnameable = "…";

    private int _schemaBytes;
    private int _schemaDepth;
    private int _stringBytes;
    private int _messages;
    private int _tools;
    private int _images;
    private int _imageBytes;
    private int _unsized;
    private int _predictionBytes;
    private int _thinkingTokens;
    private SortedSet<string>? _others;

    /// <summary>The larger of <c>n</c> and <c>best_of</c>.</summary>
    public int Choices;

    public string? ServiceTier;

    /// <summary>True when a field asks the model to think.</summary>
    public bool AsksToThink, AsksNotToThink;

    /// <summary>What was counted of a body of this many bytes.</summary>
    public readonly RequestContent Of(int bodyBytes) => new()
    {
        TextBytes = bodyBytes - _schemaBytes - _imageBytes,
        SchemaBytes = _schemaBytes,
        SchemaDepth = _schemaDepth,
        StringBytes = _stringBytes,
        Messages = _messages,
        Tools = _tools,
        Images = _images,
        UnsizedParts = _unsized,
        PredictionBytes = _predictionBytes,
        ThinkingTokens = _thinkingTokens,
        AsksToThink = AsksToThink,
        AsksNotToThink = AsksNotToThink,
        ServiceTier = ServiceTier,
        OtherFields = _others is null ? [] : [.. _others],
    };

    /// <summary>Reads the value that the reader stands on to its end and adds the bytes of its strings.</summary>
    public void Skip(ref Utf8JsonReader reader) => Walk(ref reader);

    /// <summary>Reads a value that providers write anew in a form of their own: a schema, tools, the calls of tools.</summary>
    public void Schema(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        AddSchema(Walk(ref reader), reader.BytesConsumed - start);
    }

    /// <summary>Reads an array of tools; those that are no functions are named among the other fields.</summary>
    /// <returns>The index of the first one that is no object, on which the reader then stands; null: all are.</returns>
    public int? Tools(ref Utf8JsonReader reader)
    {
        var start = reader.TokenStartIndex;
        var deepest = 0;
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (reader.TokenType != JsonTokenType.StartObject) return i;
            _tools++;
            deepest = Math.Max(deepest, Tool(ref reader));
        }

        AddSchema(deepest + 1, reader.BytesConsumed - start);
        return null;
    }

    /// <summary>Counts one message; its members come one by one to <see cref="Member"/>.</summary>
    public void Message() => _messages++;

    /// <summary>Reads the value of a top-level field that the contract's table does not name; the reader stands on its name.</summary>
    public void Other(ref Utf8JsonReader reader)
    {
        if (FieldName.Is(reader, "functions"u8)) Functions(ref reader);
        else if (FieldName.Is(reader, "function_call"u8)) Read(ref reader);
        else if (FieldName.Is(reader, "best_of"u8)) BestOf(ref reader);
        else if (FieldName.Is(reader, "prediction"u8)) Prediction(ref reader);
        else if (FieldName.Is(reader, "thinking"u8)) Thinking(ref reader, "thinking", "budget_tokens"u8);
        else if (FieldName.Is(reader, "reasoning"u8)) Thinking(ref reader, "reasoning", "max_tokens"u8);
        else
        {
            var name = NameOf(reader);
            reader.Read();
            if (reader.TokenType != JsonTokenType.Null) AddOther(name);
            Walk(ref reader);
        }
    }

    /// <summary>
    /// The name or text that the reader stands on, its escapes undone; what is longer than <see cref="NameLengthMax"/> characters, or no plain
    /// text, is cut to a name that no list allows.
    /// </summary>
    public static string NameOf(in Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped && raw.Length <= NameLengthMax && Ascii.IsValid(raw)) return Encoding.ASCII.GetString(raw);
        Span<byte> plain = stackalloc byte[NameLengthMax];
        var length = FieldName.Decode(raw, plain, out var folded);
        if (length >= 0 && !folded) return Encoding.ASCII.GetString(plain[..length]);

        // As it is written, and never a name that a list may have.
        var shown = raw[..Math.Min(raw.Length, NameLengthMax)];
        while (!shown.IsEmpty && !System.Text.Unicode.Utf8.IsValid(shown)) shown = shown[..^1];
        return Encoding.UTF8.GetString(shown) + Unnameable;
    }

    /// <summary>The name, in whichever case: lenient upstreams take one for the other.</summary>
    private static bool IsAnyCase(in Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var raw = reader.ValueSpan;
        if (raw.Length < name.Length) return false;
        if (raw.Length == name.Length && !reader.ValueIsEscaped) return Ascii.EqualsIgnoreCase(raw, name);
        return (reader.ValueIsEscaped || !Ascii.IsValid(raw)) && (FieldName.Is(reader, name) || FieldName.IsVariant(reader, name));
    }

    private void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        Walk(ref reader);
    }

    /// <summary>Reads the value to its end; whether it is null, or an array or an object of nothing.</summary>
    private bool WalkIsEmpty(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            Walk(ref reader);
            return reader.TokenType == JsonTokenType.Null;
        }

        var outermost = reader.CurrentDepth;
        var isEmpty = true;
        while (reader.Read() && (reader.CurrentDepth > outermost || reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray)))
        {
            isEmpty = false;
            if (reader.TokenType == JsonTokenType.String) _stringBytes += reader.ValueSpan.Length;
        }

        return isEmpty;
    }

    /// <summary>Answers how many arrays and objects the value nests.</summary>
    private int Walk(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) _stringBytes += reader.ValueSpan.Length;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return 0;
        var outermost = reader.CurrentDepth;
        var deepest = outermost;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    _stringBytes += reader.ValueSpan.Length;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    deepest = Math.Max(deepest, reader.CurrentDepth);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray when reader.CurrentDepth == outermost:
                    return deepest - outermost + 1;
            }
        }

        return deepest - outermost + 1;
    }

    private void AddSchema(int depth, long bytes)
    {
        _schemaDepth = Math.Max(_schemaDepth, depth);
        _schemaBytes += (int)bytes;
    }

    private void AddOther(string name)
    {
        _others ??= new SortedSet<string>(StringComparer.Ordinal);
        _others.Add(_others.Count < RequestContent.OtherFieldsMax - 1 ? name : Unnameable);
    }

    private int Tool(ref Utf8JsonReader reader)
    {
        var deepest = 0;
        var isTyped = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = IsAnyCase(reader, "type"u8);
            reader.Read();
            if (isType)
            {
                isTyped = true;
                var isFunction = reader.TokenType == JsonTokenType.String && FieldName.Is(reader, "function"u8);
                if (!isFunction) AddOther("tools." + (reader.TokenType == JsonTokenType.String ? NameOf(reader) : Unnameable));
            }

            deepest = Math.Max(deepest, Walk(ref reader));
        }

        if (!isTyped) AddOther("tools.untyped");
        return deepest + 1;
    }

    private void Functions(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (reader.TokenType != JsonTokenType.Null) AddOther("functions");
            Walk(ref reader);
            return;
        }

        var deepest = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _tools++;
            deepest = Math.Max(deepest, Walk(ref reader));
        }

        AddSchema(deepest + 1, reader.BytesConsumed - start);
    }

    private void BestOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count)) Choices = Math.Max(Choices, count);
        else if (reader.TokenType != JsonTokenType.Null) AddOther("best_of");
        Walk(ref reader);
    }

    private void Prediction(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = reader.TokenStartIndex;
        Walk(ref reader);
        _predictionBytes += (int)(reader.BytesConsumed - start);
    }

    /// <summary>The field stays among the others: whether it is free is the provider's to say.</summary>
    private void Thinking(ref Utf8JsonReader reader, string name, ReadOnlySpan<byte> budget)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return;
        AddOther(name);
        AsksToThink = true;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Walk(ref reader);
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isBudget = FieldName.Is(reader, budget);
            reader.Read();
            if (isBudget && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var tokens) && tokens > 0)
                _thinkingTokens = Math.Max(_thinkingTokens, tokens);
            Walk(ref reader);
        }
    }
}
