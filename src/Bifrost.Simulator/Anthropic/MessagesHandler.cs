using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Anthropic;

/// <summary>
/// Answers Anthropic's messages by the same scripts as chat completions: that of the model's name, or, for other models, of the first word of the last
/// user message where it names one. A request that the documented schema does not allow is refused with the first fault.
/// </summary>
internal sealed class MessagesHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
{
    private const string Json = "application/json";

    public async Task HandleAsync(HttpContext context)
    {
        var line = bill.Open(context.Request.Headers["x-client-request-id"].ToString());
        try
        {
            await AnswerAsync(context, line);
            line.Reach = line.Outcome is BillOutcome.Running or BillOutcome.Refused ? BillReach.End : line.Reach;
            if (line.Outcome == BillOutcome.Running) line.Outcome = BillOutcome.Completed;
        }
        catch (Exception e) when (e is OperationCanceledException or (IOException and not BadHttpRequestException))
        {
            if (line.Outcome == BillOutcome.Running) line.Outcome = BillOutcome.Aborted;
        }
        finally
        {
            await bill.CloseAsync(line);
        }
    }

    private async Task AnswerAsync(HttpContext context, BillLine line)
    {
        var received = await BodyReader.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        var body = received.ToArray();
        context.Request.BodyReader.AdvanceTo(received.End);
        recorder?.Record(context.Request, line, body);
        var plain = new Wire(context, new Timing(), line, time);
        var request = new ChatRequest { BodyBytes = body.Length };
        if (Fault(context.Request, body, request) is { } fault)
        {
            await RefusalRunner.RefuseAsync(plain, fault.Status, MessageErrors.Of(fault.Status, fault.Message), line, charged: false);
            return;
        }

        line.Model = request.Model;
        line.Stream = request.Stream;
        var message = LastUserMessage.In(body.AsSpan(request.MessagesAt, request.MessagesBytes));
        var entry = request.Model.StartsWith("sim", StringComparison.Ordinal) || !message.AsSpan().StartsWith("sim"u8)
            ? scripts.Find(request.Model) : ScriptBook.FindAsked(request.Model, message);
        if (entry is null)
        {
            await RefusalRunner.RefuseAsync(plain, 404, MessageErrors.Of(404, $"model: {request.Model}"), line, charged: false);
            return;
        }

        var script = gates.Strikes(entry.Script, request.User) ? entry.Script : entry.Faultless;
        var now = time.GetUtcNow();
        var answer = AnswerMaker.Make(
            script, request, entry.Text ?? Text.Of(script, message), Guid.CreateVersion7(now).ToString("N"), now.ToUnixTimeSeconds());
        line.PromptTokens = answer.Usage.Prompt;
        line.CompletionTokens = answer.Usage.Completion;
        line.CachedTokens = answer.Usage.Cached;
        line.ReasoningTokens = answer.Usage.Reasoning;
        context.Response.Headers["request-id"] = "req_" + answer.IdStem;
        var wire = new Wire(context, script.Timing, line, time);
        if (script.Fault is { Kind: FaultKind.Status } status)
        {
            line.ChargeNothing();
            if (status.Retry is { } hint) RefusalRunner.AddHint(context.Response, hint, time);
            await RefusalRunner.RefuseAsync(wire, status.Status, MessageErrors.Of(status.Status, null, status.Code), line, charged: false);
        }
        else if (request.Stream)
        {
            await new MessageStream(wire, answer, line).RunAsync();
        }
        else
        {
            var bytes = MessageWriter.Whole(answer);
            await wire.BeginAsync(StatusCodes.Status200OK, Json);
            wire.Response.ContentLength = bytes.Length;
            line.UsageSent = true;
            await wire.SendAsync(bytes);
        }
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
