using System.Buffers;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Answers one chat completion: reads it, finds its script, answers by it, and keeps its bill line true on every way out.</summary>
internal sealed class ChatHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time) : CallHandler(bill, time)
{
    private const string Json = "application/json";

    protected override ReadOnlyMemory<byte> ErrorOf(int status, string? message, string? code = null) => ErrorBodies.Of(status, code, message, null);

    protected override async Task AnswerAsync(HttpContext context, BillLine line)
    {
        var received = await BodyReader.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        var request = new ChatRequest();
        ScriptEntry? entry = null;
        Text? text = null;
        var wrong = Understand();
        context.Request.BodyReader.AdvanceTo(received.End);

        line.Model = request.Model;
        line.Stream = request.Stream;
        if (wrong is not null) await RefuseAsync(context, line, 400, ErrorBodies.Of(400, null, wrong.Value.Message, wrong.Value.Param));
        else if (entry is null) await RefuseAsync(context, line, 404, ErrorBodies.Of(404, null, null, "model"));
        else if (text is null) await AnswerPrebuiltAsync(context, entry.Template!, request, line);
        else await AnswerByScriptAsync(context, gates.Strikes(entry.Script, request.User) ? entry.Script : entry.Faultless, request, text, line);

        (string Message, string? Param)? Understand()
        {
            var body = received.IsSingleSegment ? received.FirstSpan : received.ToArray();
            recorder?.Record(context.Request, line, body);
            if (ChatRequestReader.Read(body, request) is { } fault) return fault;
            if (line.Model.Length > 0) request.Model = line.Model;
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

        var now = Time.GetUtcNow();
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
        var begun = Time.GetTimestamp();
        var now = Time.GetUtcNow();
        var answer = AnswerMaker.Make(script, request, text, Guid.CreateVersion7(now).ToString("N"), now.ToUnixTimeSeconds());
        line.PromptTokens = answer.Usage.Prompt;
        line.CompletionTokens = answer.Usage.Completion;
        line.CachedTokens = answer.Usage.Cached;
        line.ReasoningTokens = answer.Usage.Reasoning;

        context.Response.OnStarting(() =>
        {
            AnswerHeaders.Add(context.Response, answer, Time.GetElapsedTime(begun));
            return Task.CompletedTask;
        });
        var wire = new Wire(context, script.Timing, line, Time);
        if (script.Fault is { } fault && await RefusalRunner.TryRunAsync(wire, fault, answer, line, Time)) return;
        if (!request.Stream || script.Fault?.Kind == FaultKind.NotStreamed)
        {
            await PlainRunner.RunAsync(wire, answer, line);
            return;
        }
        using var stream = new StreamRunner(wire, answer, line, Time);
        try
        {
            await stream.RunAsync();
        }
        finally
        {
            if (script.RunsOn) (line.CompletionTokens, line.ReasoningTokens) = (answer.Usage.Completion, answer.Usage.Reasoning);
        }
    }
}
