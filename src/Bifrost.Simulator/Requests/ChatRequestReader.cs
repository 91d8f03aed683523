using System.Text.Json;

namespace Bifrost.Simulator.Requests;

/// <summary>One pass over a request body, as strict as a provider: what is no chat request is answered with a reason.</summary>
internal static class ChatRequestReader
{
    private const int ChoicesMax = 128;

    /// <returns>Null when the body is a chat request, else what is wrong and, if it is a field's fault, its name.</returns>
    public static (string Message, string? Param)? Read(ReadOnlySpan<byte> body, ChatRequest request)
    {
        request.BodyBytes = body.Length;
        try
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return ("The body must be a JSON object.", null);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName) ReadField(ref json, body, request);
            if (json.Read()) return ("There is more than one JSON value in the body.", null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return ("The body could not be read as a chat request: " + e.Message, null);
        }
        if (request.Model.Length == 0) return ("You must provide a model.", "model");
        if (request.MessagesBytes == 0) return ("You must provide messages.", "messages");
        if (request.Choices is < 1 or > ChoicesMax) return ("n must lie between 1 and 128.", "n");
        if (request.OutputTokensMax < 1) return ("A token limit must be at least 1.", "max_tokens");
        return null;
    }

    private static void ReadField(ref Utf8JsonReader json, ReadOnlySpan<byte> body, ChatRequest request)
    {
        if (json.ValueTextEquals("model"u8)) request.Model = Text(ref json) ?? "";
        else if (json.ValueTextEquals("user"u8)) request.User = Text(ref json) ?? "";
        else if (json.ValueTextEquals("stream"u8)) request.Stream = Flag(ref json);
        else if (json.ValueTextEquals("logprobs"u8)) request.Logprobs = Flag(ref json);
        else if (json.ValueTextEquals("top_logprobs"u8)) request.TopLogprobs = Number(ref json, 0);
        else if (json.ValueTextEquals("n"u8)) request.Choices = Number(ref json, 1);
        else if (json.ValueTextEquals("max_tokens"u8) || json.ValueTextEquals("max_completion_tokens"u8))
            request.OutputTokensMax = Math.Min(request.OutputTokensMax, Number(ref json, int.MaxValue));
        else if (json.ValueTextEquals("stream_options"u8)) ReadStreamOptions(ref json, request);
        else if (json.ValueTextEquals("messages"u8)) ReadMessages(ref json, body, request);
        else if (json.ValueTextEquals("tools"u8)) ToolReader.ReadTools(ref json, request);
        else if (json.ValueTextEquals("tool_choice"u8)) ToolReader.ReadChoice(ref json, request);
        else
        {
            json.Read();
            json.Skip();
        }
    }

    private static void ReadStreamOptions(ref Utf8JsonReader json, ChatRequest request)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) return;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = json.ValueTextEquals("include_usage"u8);
            json.Read();
            if (isUsage) request.IncludeUsage = json.TokenType == JsonTokenType.True;
            else json.Skip();
        }
    }

    private static void ReadMessages(ref Utf8JsonReader json, ReadOnlySpan<byte> body, ChatRequest request)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return;
        if (json.TokenType != JsonTokenType.StartArray) throw new FormatException("messages must be an array.");
        request.MessagesAt = (int)json.TokenStartIndex;
        json.Skip();
        var length = (int)json.BytesConsumed - request.MessagesAt;
        if (body.Slice(request.MessagesAt, length).Contains((byte)'{')) request.MessagesBytes = length;
    }

    private static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString();
    }

    private static bool Flag(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number ? json.GetInt32() > 0 : json.TokenType != JsonTokenType.Null && json.GetBoolean();
    }

    private static int Number(ref Utf8JsonReader json, int whenNull)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? whenNull : json.GetInt32();
    }
}
