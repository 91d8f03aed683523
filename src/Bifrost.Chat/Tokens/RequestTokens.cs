using System.Text.Json;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Tokens;

/// <summary>
/// Counts the tokens of a checked request with a tokenizer: the strings of its messages as the model reads them, tools and schemas as they
/// stand, the rest by its bytes. Assumed is that a provider writes no more than that, times the factors here, and the overheads of the
/// bound; where a bill says otherwise the bound counts as broken. Off the hot path.
/// </summary>
public ref struct RequestTokens
{
    /// <summary>Tools and schemas are written anew by providers, a third longer than they stand, in tenths.</summary>
    private const int SchemaTenths = 13;

    private readonly ReadOnlySpan<byte> _body;
    private readonly TextTokenizer _tokenizer;
    private Utf8JsonReader _reader;
    private long _text;
    private long _schema;

    private RequestTokens(ReadOnlySpan<byte> body, TextTokenizer tokenizer)
    {
        _body = body;
        _tokenizer = tokenizer;
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1_000 });
    }

    /// <summary>The count; null when the tokenizer is not known here.</summary>
    /// <param name="body">The body of a request that <see cref="ChatEnvelope"/> has checked, without images and files.</param>
    /// <param name="tokenizer">Name of the tokenizer (<c>o200k_base</c>, <c>cl100k_base</c>; with <c>~</c> before it where it is only alike).</param>
    public static CountedTokens? Count(ReadOnlySpan<byte> body, string tokenizer) =>
        TextTokenizer.Find(tokenizer) is { } found ? new RequestTokens(body, found).Count() : null;

    private CountedTokens Count()
    {
        _reader.Read();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessages = FieldName.Is(_reader, "messages"u8);
            var isSchema = !isMessages && (FieldName.Is(_reader, "tools"u8) || FieldName.Is(_reader, "functions"u8)
                || FieldName.Is(_reader, "response_format"u8));
            var start = _reader.TokenStartIndex;
            _reader.Read();
            if (isMessages) ReadMessages();
            else if (isSchema) ReadSchema();
            else
            {
                _reader.Skip();
                _text += (_reader.BytesConsumed - start) * 10;
            }
        }

        return new CountedTokens { Text = Whole(_text), Schema = Whole(_schema) };
    }

    private void ReadMessages()
    {
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                var isCall = FieldName.Is(_reader, "tool_calls"u8) || FieldName.IsVariant(_reader, "tool_calls"u8)
                    || FieldName.Is(_reader, "function_call"u8) || FieldName.IsVariant(_reader, "function_call"u8);
                AddText(_reader.ValueSpan, _reader.ValueIsEscaped);
                _reader.Read();
                if (isCall) ReadSchema();
                else ReadStrings();
            }
        }
    }

    /// <summary>Every name and string of the value counts.</summary>
    private void ReadStrings()
    {
        var depth = _reader.CurrentDepth;
        do
        {
            if (_reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) AddText(_reader.ValueSpan, _reader.ValueIsEscaped);
            else if (_reader.TokenType is JsonTokenType.Number) _text += _reader.ValueSpan.Length * 10;
        }
        while (!(_reader.CurrentDepth == depth && _reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) && _reader.Read());
    }

    private void ReadSchema()
    {
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        _schema += _tokenizer.Count(_body[start..(int)_reader.BytesConsumed]) * SchemaTenths;
    }

    private void AddText(ReadOnlySpan<byte> raw, bool isEscaped)
    {
        // Half a surrogate pair has no text: it counts by its bytes.
        var tokens = isEscaped ? JsonText.TryUnescape(raw, out var text) ? _tokenizer.Count(text) : raw.Length : _tokenizer.Count(raw);
        _text += tokens * _tokenizer.FactorTenths;
    }

    private static int Whole(long tenths) => (int)Math.Min(int.MaxValue, (tenths + 9) / 10);
}
