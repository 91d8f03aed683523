using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Answers Anthropic's messages.</summary>
internal sealed class MessagesHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
    : OtherDialectHandler(bill, scripts, gates, recorder, time)
{
    protected override ReadOnlyMemory<byte> ErrorOf(int status, string? message, string? code = null) => MessageErrors.Of(status, message, code);

    protected override string UnknownModel(string model) => $"model: {model}";

    protected override ReadOnlyMemory<byte> Whole(Answer answer) => MessageWriter.Whole(answer);

    protected override Task StreamAsync(Wire wire, Answer answer, BillLine line) => new MessageStream(wire, answer, line).RunAsync();

    protected override void AddHeaders(HttpResponse response, Answer answer) => response.Headers["request-id"] = "req_" + answer.IdStem;

    protected override (int Status, string Message)? Read(HttpRequest http, byte[] body, ChatRequest request, out byte[] message)
    {
        message = [];
        if (Fault(http, body, request) is { } fault) return fault;
        message = LastUserMessage.In(body.AsSpan(request.MessagesAt, request.MessagesBytes));
        return null;
    }

    /// <summary>What the provider would refuse, in the order in which it looks.</summary>
    private static (int Status, string Message)? Fault(HttpRequest http, byte[] body, ChatRequest request)
    {
        if (http.Headers["x-api-key"].Count == 0 && http.Headers.Authorization.Count == 0) return (401, "x-api-key header is required");
        if (http.Headers["anthropic-version"] is not ["2023-06-01" or "2026-10-21"]) return (400, "anthropic-version: header is required");
        if (http.ContentType?.StartsWith(Json, StringComparison.Ordinal) != true) return (400, "content-type: must be application/json");
        try
        {
            using var json = JsonDocument.Parse(body);
            if (RequestChecker.Check(json.RootElement) is { } fault) return (400, fault);
            if (json.RootElement.GetRawText().Contains("\"file_id\"", StringComparison.Ordinal)
                && !http.Headers["anthropic-beta"].ToString().Contains("files-api-", StringComparison.Ordinal)) return (400, "file_id: needs the files beta");
            Read(json.RootElement, body, request);
            return null;
        }
        catch (JsonException e)
        {
            return (400, "The request body is not valid JSON: " + e.Message);
        }
    }

    private static void Read(JsonElement root, byte[] body, ChatRequest request)
    {
        request.Model = root.GetProperty("model").GetString()!;
        request.Stream = root.TryGetProperty("stream", out var stream) && stream.GetBoolean();
        request.OutputTokensMax = root.GetProperty("max_tokens").GetInt32();
        var messages = root.GetProperty("messages").GetRawText();
        request.MessagesAt = body.AsSpan().IndexOf("\"messages\":["u8) + "\"messages\":".Length;
        request.MessagesBytes = System.Text.Encoding.UTF8.GetByteCount(messages);
        if (root.TryGetProperty("metadata", out var metadata)) request.User = metadata.GetProperty("user_id").GetString()!;
        if (root.TryGetProperty("tools", out var tools)) request.Tools.AddRange(tools.EnumerateArray().Select(tool => tool.GetProperty("name").GetString()!));
        if (!root.TryGetProperty("tool_choice", out var choice)) return;
        var type = choice.GetProperty("type").GetString();
        request.ToolChoice = type switch { "any" or "tool" => ToolChoice.Required, "none" => ToolChoice.None, _ => ToolChoice.Auto };
        request.NamedTool = type == "tool" ? choice.GetProperty("name").GetString() : null;
    }
}
