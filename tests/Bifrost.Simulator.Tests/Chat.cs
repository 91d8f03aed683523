using System.Text;
using System.Text.Json;

namespace Bifrost.Simulator.Tests;

/// <summary>Pieces of requests, and short ways through answers.</summary>
internal static class Chat
{
    public const string Hello = """[{"role":"user","content":"Hello"}]""";
    public const string Stream = ",\"stream\":true";
    public const string WithUsage = ",\"stream_options\":{\"include_usage\":true}";
    public const string Tools = """
        ,"tools":[{"type":"function","function":{"description":"d","parameters":{"properties":{"name":{"type":"string"}}},"name":"look"}},{"type":"function","function":{"name":"find"}}]
        """;

    /// <summary>The rule of the bill, computed apart from the simulator.</summary>
    public static int Tokens(int bytes) => (int)Math.Ceiling(bytes / 4.0);

    public static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();

    public static int Number(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    public static JsonElement Choice(this JsonElement answer, int index = 0) => answer.GetProperty("choices")[index];

    public static string? Said(this JsonElement answer) => answer.Choice().GetProperty("message").Text("content");

    public static JsonElement Usage(this JsonElement answer) => answer.GetProperty("usage");

    public static IEnumerable<JsonElement> Lines(string jsonLines) =>
        jsonLines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>Reads an event stream by the letter of its specification; data of events, in order.</summary>
    public static List<string> Events(string body)
    {
        if (body.StartsWith('\uFEFF')) body = body[1..];
        var events = new List<string>();
        var data = new StringBuilder();
        foreach (var line in body.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n'))
        {
            if (line.Length == 0 && data.Length > 0)
            {
                events.Add(data.ToString(0, data.Length - 1));
                data.Clear();
            }
            if (line.StartsWith("data:", StringComparison.Ordinal)) data.Append(line[5..].TrimStart(' ')).Append('\n');
        }
        return events;
    }

    /// <summary>The chunks of a stream, without its end mark.</summary>
    public static List<JsonElement> Chunks(string body) =>
        [.. Events(body).Where(data => data != "[DONE]").Select(data => JsonDocument.Parse(data).RootElement)];

    /// <summary>The text that a choice of a stream says.</summary>
    public static string Streamed(string body, int index = 0) =>
        string.Concat(Chunks(body).SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
            .Where(choice => choice.Number("index") == index)
            .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));

    /// <summary>How many chunks bring text.</summary>
    public static int ContentChunks(string body) =>
        Chunks(body).Count(chunk => chunk.GetProperty("choices").EnumerateArray()
            .Any(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) && content.GetString() is { Length: > 0 }));
}
