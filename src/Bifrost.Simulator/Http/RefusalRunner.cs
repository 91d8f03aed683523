using System.Globalization;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>
/// Answers the faults that strike before an answer: error statuses, wrong bodies, broken connections. An error costs what it says; the rest is not
/// charged.
/// </summary>
internal static class RefusalRunner
{
    private const string Json = "application/json";

    /// <returns>False when the fault is none of those: it strikes within the answer.</returns>
    public static async Task<bool> TryRunAsync(Wire wire, Fault fault, Answer answer, BillLine line, TimeProvider time)
    {
        if (fault.IsWithinAnswer || fault.Kind is FaultKind.NotStreamed or FaultKind.ResetAfterHeaders) return false;
        if (!fault.Charged) line.ChargeNothing();
        if (fault.Kind is not (FaultKind.Status or FaultKind.ErrorBody)) line.Outcome = BillOutcome.Faulted;
        var charged = fault.Charged ? answer : null;
        switch (fault.Kind)
        {
            case FaultKind.Status:
                if (fault.Retry is { } hint) AddHint(wire.Response, hint, time);
                await RefuseAsync(wire, fault.Status, ErrorBodies.Of(fault.Status, fault.Code, null, null, charged), line, fault.Charged);
                break;
            case FaultKind.HtmlPage:
                await AnswerAsync(wire, fault.Status, "text/html; charset=utf-8", ErrorBodies.Html.ToArray());
                if (fault.Status >= 400) line.Outcome = BillOutcome.Refused;
                break;
            case FaultKind.EmptyBody:
                await AnswerAsync(wire, StatusCodes.Status200OK, Json, default);
                break;
            case FaultKind.EmptyObject:
                await AnswerAsync(wire, StatusCodes.Status200OK, Json, "{}"u8.ToArray());
                break;
            case FaultKind.ErrorBody:
                await RefuseAsync(wire, StatusCodes.Status200OK, ErrorBodies.Within(charged, answer.Usage.Completion), line, fault.Charged);
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

    /// <summary>Answers an error object; the call counts as refused once it is sent.</summary>
    public static async Task RefuseAsync(Wire wire, int status, ReadOnlyMemory<byte> error, BillLine line, bool charged)
    {
        await AnswerAsync(wire, status, Json, error);
        line.Outcome = BillOutcome.Refused;
        line.UsageSent = charged;
    }

    private static async Task AnswerAsync(Wire wire, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        await wire.BeginAsync(status, contentType);
        wire.Response.ContentLength = body.Length;
        await wire.SendAsync(body);
    }

    /// <summary>Tells when to come back.</summary>
    public static void AddHint(HttpResponse response, RetryHint hint, TimeProvider time)
    {
        if (hint.Form == RetryForm.Milliseconds) response.Headers["retry-after-ms"] = hint.Amount.ToString(CultureInfo.InvariantCulture);
        else if (hint.Form == RetryForm.Seconds) response.Headers.RetryAfter = hint.Amount.ToString(CultureInfo.InvariantCulture);
        else response.Headers.RetryAfter = time.GetUtcNow().AddSeconds(hint.Amount).ToString("R", CultureInfo.InvariantCulture);
    }
}
