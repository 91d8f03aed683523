using System.Buffers;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>
/// Answers calls of another dialect by the same scripts as chat completions: that of the model's name, or, for other models, of the first word of the
/// last user message where it names one. A request that the documented schema does not allow is refused with the first fault.
/// </summary>
internal abstract class OtherDialectHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
    : CallHandler(bill, time)
{
    protected const string Json = "application/json";

    /// <summary>Checks a request and reads it; answers what the provider would refuse, in the order in which it looks.</summary>
    /// <param name="http">Headers and path.</param>
    /// <param name="body">The body.</param>
    /// <param name="request">What is read.</param>
    /// <param name="message">What the user said last.</param>
    protected abstract (int Status, string Message)? Read(HttpRequest http, byte[] body, ChatRequest request, out byte[] message);

    /// <summary>What it says of a model that it does not have; null: what the provider usually says.</summary>
    protected abstract string? UnknownModel(string model);

    protected abstract ReadOnlyMemory<byte> Whole(Answer answer);

    protected abstract Task StreamAsync(Wire wire, Answer answer, BillLine line);

    protected virtual void AddHeaders(HttpResponse response, Answer answer)
    {
    }

    protected override async Task AnswerAsync(HttpContext context, BillLine line)
    {
        var received = await BodyReader.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        var body = received.ToArray();
        context.Request.BodyReader.AdvanceTo(received.End);
        recorder?.Record(context.Request, line, body);
        var request = new ChatRequest { BodyBytes = body.Length };
        if (Read(context.Request, body, request, out var message) is { } fault)
        {
            await RefuseAsync(context, line, fault.Status, ErrorOf(fault.Status, fault.Message));
            return;
        }

        line.Model = request.Model;
        line.Stream = request.Stream;
        var entry = request.Model.StartsWith("sim", StringComparison.Ordinal) || !message.AsSpan().StartsWith("sim"u8)
            ? scripts.Find(request.Model) : ScriptBook.FindAsked(request.Model, message);
        if (entry is null)
        {
            await RefuseAsync(context, line, 404, ErrorOf(404, UnknownModel(request.Model)));
            return;
        }

        var script = gates.Strikes(entry.Script, request.User) ? entry.Script : entry.Faultless;
        var now = Time.GetUtcNow();
        var answer = AnswerMaker.Make(
            script, request, entry.Text ?? Text.Of(script, message), Guid.CreateVersion7(now).ToString("N"), now.ToUnixTimeSeconds());
        line.PromptTokens = answer.Usage.Prompt;
        line.CompletionTokens = answer.Usage.Completion;
        line.CachedTokens = answer.Usage.Cached;
        line.ReasoningTokens = answer.Usage.Reasoning;
        AddHeaders(context.Response, answer);
        await SendAsync(new Wire(context, script.Timing, line, Time), answer, line);
    }

    private async Task SendAsync(Wire wire, Answer answer, BillLine line)
    {
        var fault = answer.Script.Fault;
        var hasErrorObject = fault is { Kind: FaultKind.Status or FaultKind.ErrorBody };
        if (fault is not null && !hasErrorObject && await RefusalRunner.TryRunAsync(wire, fault, answer, line, Time)) return;
        if (hasErrorObject)
        {
            line.ChargeNothing();
            if (fault!.Retry is { } hint) RefusalRunner.AddHint(wire.Response, hint, Time);
            var error = ErrorOf(fault.Kind == FaultKind.Status ? fault.Status : 500, null, fault.Code);
            await RefusalRunner.RefuseAsync(wire, fault.Kind == FaultKind.Status ? fault.Status : 200, error, line, charged: false);
        }
        else if (answer.Request.Stream)
        {
            line.CompletionTokens = line.ReasoningTokens = 0;
            await wire.BeginAsync(StatusCodes.Status200OK, "text/event-stream; charset=utf-8");
            await StreamAsync(wire, answer, line);
        }
        else
        {
            var bytes = Whole(answer);
            await wire.BeginAsync(StatusCodes.Status200OK, Json);
            wire.Response.ContentLength = bytes.Length;
            line.UsageSent = true;
            await wire.SendAsync(bytes);
        }
    }
}
