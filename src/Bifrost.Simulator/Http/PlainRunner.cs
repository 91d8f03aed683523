using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Sends one answer as a JSON body, and lets its fault strike in the middle of it.</summary>
internal static class PlainRunner
{
    private const string Json = "application/json";

    public static async Task RunAsync(Wire wire, Answer answer, BillLine line)
    {
        var fault = answer.Script.Fault;
        var body = BodyOf(answer);
        if (answer.Script.Timing.PaceMs > 0) await wire.WaitAsync(TimeSpan.FromMilliseconds(answer.Script.Timing.PaceMs) * answer.Chunks);
        if (fault?.Kind == FaultKind.ErrorAfter)
        {
            await SendErrorAsync(wire, answer, fault, line);
            return;
        }
        await wire.BeginAsync(StatusCodes.Status200OK, Json);
        if (fault is not null && fault.Kind != FaultKind.NotStreamed)
        {
            line.Outcome = BillOutcome.Faulted;
            await BreakAsync(wire, fault, body);
            return;
        }
        wire.Response.ContentLength = body.Length;
        line.UsageSent = answer.Script.Usage != UsageStyle.Never;
        await wire.SendAsync(body);
    }

    /// <summary>A body cannot begin as an answer and end as an error: it is the error, whole.</summary>
    private static Task SendErrorAsync(Wire wire, Answer answer, Fault fault, BillLine line)
    {
        if (!fault.Charged) line.ChargeNothing();
        var error = ErrorBodies.Within(fault.Charged ? answer : null, answer.Usage.Completion);
        return RefusalRunner.RefuseAsync(wire, StatusCodes.Status200OK, error, line, fault.Charged);
    }

    private static async Task BreakAsync(Wire wire, Fault fault, ReadOnlyMemory<byte> body)
    {
        var half = body[..(body.Length / 2)];
        if (fault.Kind is FaultKind.ResetAfter or FaultKind.CloseAfter or FaultKind.StallAfter or FaultKind.ResetAfterHeaders)
            wire.Response.ContentLength = body.Length;
        if (fault.Kind == FaultKind.ResetAfterHeaders) await wire.FlushHeadersAsync();
        else await wire.SendAsync(half);

        if (fault.Kind is FaultKind.ResetAfter or FaultKind.ResetAfterHeaders) await wire.ResetAsync();
        else if (fault.Kind == FaultKind.CloseAfter) await wire.CloseAsync();
        else if (fault.Kind == FaultKind.StallAfter) await wire.HangAsync();
        else if (fault.Kind == FaultKind.BadChunkAfter) await wire.SendAsync(",,}"u8.ToArray());
    }

    private static ReadOnlyMemory<byte> BodyOf(Answer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        PlainWriter.Write(json, answer);
        return buffer.WrittenMemory;
    }
}
