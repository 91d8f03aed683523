using System.Buffers;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Answers one chat completion: reads it, finds its script, answers by it, and keeps its bill line true on every way out.</summary>
internal sealed class ChatHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
{
    private const string Json = "application/json";

    /// <param name="context">The request and its answer.</param>
    /// <param name="model">The model where the path names it; then the body's is not looked at.</param>
    public async Task HandleAsync(HttpContext context, string? model = null)
    {
        var line = bill.Open(context.Request.Headers["x-client-request-id"].ToString());
        try
        {
            await AnswerAsync(context, line, model);
            line.Reach = line.Outcome is BillOutcome.Running or BillOutcome.Refused ? BillReach.End : line.Reach;
            if (line.Outcome == BillOutcome.Running) line.Outcome = BillOutcome.Completed;
        }
        catch (Exception e) when (e is OperationCanceledException or (IOException and not BadHttpRequestException))
        {
            if (line.Outcome == BillOutcome.Running) line.Outcome = BillOutcome.Aborted;
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, line, e.StatusCode, e.Message, null);
        }
        finally
        {
            await bill.CloseAsync(line);
        }
    }

    private async Task AnswerAsync(HttpContext context, BillLine line, string? model)
    {
        var received = await BodyReader.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        var request = new ChatRequest();
        ScriptEntry? entry = null;
        Text? text = null;
        var wrong = Understand();
        context.Request.BodyReader.AdvanceTo(received.End);

        line.Model = request.Model;
        line.Stream = request.Stream;
        if (wrong is not null) await RefuseAsync(context, line, StatusCodes.Status400BadRequest, wrong.Value.Message, wrong.Value.Param);
        else if (entry is null) await RefuseAsync(context, line, StatusCodes.Status404NotFound, null, "model");
        else if (text is null) await AnswerPrebuiltAsync(context, entry.Template!, request, line);
        else await AnswerByScriptAsync(context, gates.Strikes(entry.Script, request.User) ? entry.Script : entry.Faultless, request, text, line);

        (string Message, string? Param)? Understand()
        {
            var body = received.IsSingleSegment ? received.FirstSpan : received.ToArray();
            recorder?.Record(context.Request, line, body);
            if (ChatRequestReader.Read(body, request) is { } fault) return fault;
            if (model is not null) request.Model = model;
            entry = scripts.Find(request.Model);
            try
            {
                if (entry is { Script.Asked: true })
                    entry = ScriptBook.FindAsked(request.Model, LastUserMessage.In(body.Slice(request.MessagesAt, request.MessagesBytes)));
                if (entry is null || IsPrebuilt(entry.Template, request)) return null;
                text = entry.Text ?? Text.Of(entry.Script, LastUserMessage.In(body.Slice(request.MessagesAt, request.MessagesBytes)));
                return null;
            }
            catch (InvalidOperationException)
            {
                return ("A message's text is no valid Unicode.", "messages");
            }
        }
    }

    private static bool IsPrebuilt(PlainTemplate? template, ChatRequest request) =>
        template is not null && request.IsPlainest && template.CompletionTokens <= request.OutputTokensMax;

    private async Task AnswerPrebuiltAsync(HttpContext context, PlainTemplate template, ChatRequest request, BillLine line)
    {
        line.PromptTokens = Tokens.Of(request.MessagesBytes);
        line.CompletionTokens = template.CompletionTokens;
        line.UsageSent = true;
        line.Status = StatusCodes.Status200OK;

        var now = time.GetUtcNow();
        var length = template.LengthFor(line.PromptTokens);
        var response = context.Response;
        response.ContentType = Json;
        response.ContentLength = length;
        var writer = response.BodyWriter;
        template.Write(writer.GetSpan(length)[..length], Guid.CreateVersion7(now), now.ToUnixTimeSeconds(), line.PromptTokens);
        writer.Advance(length);
        await writer.FlushAsync(context.RequestAborted);
    }

    private async Task AnswerByScriptAsync(HttpContext context, Script script, ChatRequest request, Text text, BillLine line)
    {
        var begun = time.GetTimestamp();
        var now = time.GetUtcNow();
        var answer = AnswerMaker.Make(script, request, text, Guid.CreateVersion7(now).ToString("N"), now.ToUnixTimeSeconds());
        line.PromptTokens = answer.Usage.Prompt;
        line.CompletionTokens = answer.Usage.Completion;
        line.CachedTokens = answer.Usage.Cached;
        line.ReasoningTokens = answer.Usage.Reasoning;

        context.Response.OnStarting(() =>
        {
            AnswerHeaders.Add(context.Response, answer, time.GetElapsedTime(begun));
            return Task.CompletedTask;
        });
        var wire = new Wire(context, script.Timing, line, time);
        if (script.Fault is { } fault && await RefusalRunner.TryRunAsync(wire, fault, answer, line, time)) return;
        if (!request.Stream || script.Fault?.Kind == FaultKind.NotStreamed)
        {
            await PlainRunner.RunAsync(wire, answer, line);
            return;
        }
        using var stream = new StreamRunner(wire, answer, line, time);
        try
        {
            await stream.RunAsync();
        }
        finally
        {
            if (script.RunsOn) (line.CompletionTokens, line.ReasoningTokens) = (answer.Usage.Completion, answer.Usage.Reasoning);
        }
    }

    private Task RefuseAsync(HttpContext context, BillLine line, int status, string? message, string? param) =>
        RefusalRunner.RefuseAsync(new Wire(context, new Timing(), line, time), status, ErrorBodies.Of(status, null, message, param), line, charged: false);
}
