using System.Text.Json;

namespace Bifrost.Simulator.Requests;

/// <summary>Reads which functions a request offers and how the model may choose among them.</summary>
internal static class ToolReader
{
    /// <summary>Takes <c>tools[].function.name</c> of every tool.</summary>
    public static void ReadTools(ref Utf8JsonReader json, ChatRequest request)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            if (FunctionName(ref json) is { } name) request.Tools.Add(name);
    }

    public static void ReadChoice(ref Utf8JsonReader json, ChatRequest request)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.StartObject)
        {
            request.NamedTool = FunctionName(ref json);
            request.ToolChoice = ToolChoice.Required;
        }
        else if (json.TokenType == JsonTokenType.String)
        {
            request.ToolChoice = json.ValueTextEquals("none"u8) ? ToolChoice.None
                : json.ValueTextEquals("required"u8) ? ToolChoice.Required : ToolChoice.Auto;
        }
    }

    /// <summary>Reads one <c>{"type":"function","function":{"name":…}}</c> to its end.</summary>
    private static string? FunctionName(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new FormatException("A tool must be an object.");
        string? name = null;
        var depth = json.CurrentDepth;
        var inFunction = false;
        while (json.Read() && !(json.TokenType == JsonTokenType.EndObject && json.CurrentDepth == depth))
        {
            if (json.TokenType != JsonTokenType.PropertyName) continue;
            if (json.CurrentDepth == depth + 1) inFunction = json.ValueTextEquals("function"u8);
            var isName = inFunction && json.CurrentDepth == depth + 2 && json.ValueTextEquals("name"u8);
            if (isName && json.Read()) name = json.GetString();
        }
        return name;
    }
}
