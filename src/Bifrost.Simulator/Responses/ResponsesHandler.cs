using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Responses;

/// <summary>
/// Answers OpenAI's responses by the same scripts as chat completions: that of the model's name, or, for other models, of the first word of the last user
/// message where it names one. A request that the documented schema does not allow is refused with the first fault.
/// </summary>
internal sealed class ResponsesHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
{
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
        var message = Array.Empty<byte>();
        if (Fault(context.Request, body, request, ref message) is { } fault)
        {
            await RefuseAsync(plain, fault.Status, null, fault.Message, line);
            return;
        }

        line.Model = request.Model;
        line.Stream = request.Stream;
        var entry = request.Model.StartsWith("sim", StringComparison.Ordinal) || !message.AsSpan().StartsWith("sim"u8)
            ? scripts.Find(request.Model) : ScriptBook.FindAsked(request.Model, message);
        if (entry is null)
        {
            await RefuseAsync(plain, 404, null, null, line);
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
        var wire = new Wire(context, script.Timing, line, time);
        if (script.Fault is { Kind: FaultKind.Status } status)
        {
            line.ChargeNothing();
            if (status.Retry is { } hint) RefusalRunner.AddHint(context.Response, hint, time);
            await RefuseAsync(wire, status.Status, status.Code, null, line);
        }
        else if (request.Stream)
        {
            await new ResponseStream(wire, answer, line).RunAsync();
        }
        else
        {
            var writer = new ResponseWriter(answer);
            var bytes = ResponseWriter.Write(json => writer.Response(json, isWhole: true));
            await wire.BeginAsync(StatusCodes.Status200OK, "application/json");
            wire.Response.ContentLength = bytes.Length;
            line.UsageSent = true;
            await wire.SendAsync(bytes);
        }
    }

    private static Task RefuseAsync(Wire wire, int status, string? code, string? message, BillLine line) =>
        RefusalRunner.RefuseAsync(wire, status, ErrorBodies.Of(status, code, message, null), line, charged: false);

    /// <summary>What the provider would refuse, in the order in which it looks.</summary>
    private static (int Status, string Message)? Fault(HttpRequest http, byte[] body, ChatRequest request, ref byte[] message)
    {
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
