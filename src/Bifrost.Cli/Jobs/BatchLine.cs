using System.Text.Json;

namespace Bifrost.Cli.Jobs;

/// <summary>
/// One line of the input: a request as OpenAI's batch files have it (<c>{custom_id, method, url, body}</c>), or a chat completion request
/// by itself.
/// </summary>
/// <param name="Number">Beginning at 1, as editors count.</param>
/// <param name="CustomId">The line's own name, or <c>line-N</c>.</param>
/// <param name="Body">The request's body as it stands in the line.</param>
internal sealed record BatchLine(int Number, string CustomId, ReadOnlyMemory<byte> Body)
{
    /// <summary>The line; or what is wrong with it.</summary>
    public static BatchLine? Read(ReadOnlyMemory<byte> line, int number, out string? error)
    {
        error = null;
        var found = default(Members);
        try
        {
            found = Members.Of(line.Span);
        }
        catch (JsonException e)
        {
            error = $"is not a JSON object: {e.Message}";
        }
        catch (InvalidOperationException)
        {
            error = "has a custom_id, method or url that is no string";
        }

        error ??= found.Wrong();
        if (error is not null) return null;
        return new BatchLine(number, found.CustomId ?? $"line-{number}", found.HasBody ? line[found.BodyStart..found.BodyEnd] : line);
    }

    private struct Members
    {
        public string? CustomId;
        public int BodyStart;
        public int BodyEnd;
        private string? _method;
        private string? _url;
        private bool _hasMessages;

        public readonly bool HasBody => BodyEnd > 0;

        public static Members Of(ReadOnlySpan<byte> line)
        {
            var found = default(Members);
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it does not begin with '{'.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) found.Take(ref reader);
            if (reader.Read()) throw new JsonException("something stands behind the object.");
            return found;
        }

        public readonly string? Wrong()
        {
            if (!HasBody) return _hasMessages ? null : "has neither body nor messages; write {\"custom_id\":…,\"body\":{…}} or a request by itself";
            if (_method is not (null or "POST")) return $"has the method '{_method}'; only POST is served";
            return _url is null or "/v1/chat/completions" or "/openai/v1/chat/completions"
                ? null
                : $"has the url '{_url}'; only /v1/chat/completions is served";
        }

        private void Take(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("custom_id"u8)) CustomId = Text(ref reader);
            else if (reader.ValueTextEquals("method"u8)) _method = Text(ref reader);
            else if (reader.ValueTextEquals("url"u8)) _url = Text(ref reader);
            else
            {
                var isBody = reader.ValueTextEquals("body"u8);
                _hasMessages |= reader.ValueTextEquals("messages"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
                if (isBody && isObject) (BodyStart, BodyEnd) = (start, (int)reader.BytesConsumed);
            }
        }

        private static string? Text(ref Utf8JsonReader reader)
        {
            reader.Read();
            return reader.GetString();
        }
    }
}
