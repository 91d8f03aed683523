using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Responses;

/// <summary>Answers OpenAI's responses, whole or as a stream.</summary>
internal sealed class ResponsesHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
    : OtherDialectHandler(bill, scripts, gates, recorder, time)
{
    protected override ReadOnlyMemory<byte> ErrorOf(int status, string? message, string? code = null) => ErrorBodies.Of(status, code, message, null);

    protected override string? UnknownModel(string model) => null;

    protected override ReadOnlyMemory<byte> Whole(Answer answer)
    {
        var writer = new ResponseWriter(answer);
        return ResponseWriter.Write(json => writer.Response(json, isWhole: true));
    }

    protected override Task StreamAsync(Wire wire, Answer answer, BillLine line) => new ResponseStream(wire, answer, line).RunAsync();

    /// <summary>What the provider would refuse, in the order in which it looks.</summary>
    protected override (int Status, string Message)? Read(HttpRequest http, byte[] body, ChatRequest request, out byte[] message)
    {
        message = [];
        if (http.Headers.Authorization is not [{ } token] || !token.StartsWith("Bearer ", StringComparison.Ordinal))
            return (401, "Missing bearer authentication.");
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (ResponseChecker.Check(root) is { } fault) return (400, fault);
            request.Model = root.GetProperty("model").GetString()!;
            request.Stream = root.TryGetProperty("stream", out var stream) && stream.GetBoolean();
            if (root.TryGetProperty("max_output_tokens", out var limit)) request.OutputTokensMax = limit.GetInt32();
            request.MessagesBytes = Encoding.UTF8.GetByteCount(root.GetProperty("input").GetRawText());
            if (root.TryGetProperty("tools", out var tools))
                request.Tools.AddRange(tools.EnumerateArray().Select(static tool => tool.GetProperty("name").GetString()!));
            if (root.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.String)
                request.ToolChoice = choice.GetString() switch { "required" => ToolChoice.Required, "none" => ToolChoice.None, _ => ToolChoice.Auto };
            message = Encoding.UTF8.GetBytes(LastSaid(root.GetProperty("input")));
            return null;
        }
        catch (JsonException e)
        {
            return (400, "The request body is not valid JSON: " + e.Message);
        }
    }

    private static string LastSaid(JsonElement input)
    {
        var said = "";
        foreach (var item in input.EnumerateArray())
        {
            if (!item.TryGetProperty("role", out var role) || role.GetString() != "user") continue;
            said = string.Concat(item.GetProperty("content").EnumerateArray().Select(
                static part => part.TryGetProperty("text", out var text) ? text.GetString() : ""));
        }

        return said;
    }
}
