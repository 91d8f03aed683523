using System.Globalization;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Answers the faults that strike before an answer: error statuses, wrong bodies, broken connections. None of them is charged.</summary>
internal static class RefusalRunner
{
    private const string Json = "application/json";

    /// <returns>False when the fault is none of those: it strikes within the answer.</returns>
    public static async Task<bool> TryRunAsync(Wire wire, Fault fault, BillLine line, TimeProvider time)
    {
        if (fault.IsWithinAnswer || fault.Kind is FaultKind.NotStreamed or FaultKind.ResetAfterHeaders) return false;
        line.PromptTokens = line.CompletionTokens = line.CachedTokens = line.ReasoningTokens = 0;
        line.Outcome = fault.Status >= 400 ? BillOutcome.Refused : BillOutcome.Faulted;
        switch (fault.Kind)
        {
            case FaultKind.Status:
                if (fault.Retry is { } hint) AddHint(wire.Response, hint, time);
                await AnswerAsync(wire, fault.Status, Json, ErrorBodies.Of(fault.Status, fault.Code, null, null));
                break;
            case FaultKind.HtmlPage:
                await AnswerAsync(wire, fault.Status, "text/html; charset=utf-8", ErrorBodies.Html.ToArray());
                break;
            case FaultKind.EmptyBody:
                await AnswerAsync(wire, StatusCodes.Status200OK, Json, default);
                break;
            case FaultKind.EmptyObject:
                await AnswerAsync(wire, StatusCodes.Status200OK, Json, "{}"u8.ToArray());
                break;
            case FaultKind.ErrorBody:
                await AnswerAsync(wire, StatusCodes.Status200OK, Json, ErrorBodies.MidStream.ToArray());
                break;
            case FaultKind.Silence:
                await wire.HangAsync();
                break;
            case FaultKind.Reset:
                await wire.ResetAsync();
                break;
        }
        return true;
    }

    public static async Task AnswerAsync(Wire wire, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        await wire.BeginAsync(status, contentType);
        wire.Response.ContentLength = body.Length;
        await wire.SendAsync(body);
    }

    private static void AddHint(HttpResponse response, RetryHint hint, TimeProvider time)
    {
        if (hint.Form == RetryForm.Milliseconds) response.Headers["retry-after-ms"] = hint.Amount.ToString(CultureInfo.InvariantCulture);
        else if (hint.Form == RetryForm.Seconds) response.Headers.RetryAfter = hint.Amount.ToString(CultureInfo.InvariantCulture);
        else response.Headers.RetryAfter = time.GetUtcNow().AddSeconds(hint.Amount).ToString("R", CultureInfo.InvariantCulture);
    }
}
