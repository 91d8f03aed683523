using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Answers one call, and keeps its bill line true on every way out. What it says is the dialect's, in the class that derives from it.</summary>
internal abstract class CallHandler(Bill bill, TimeProvider time)
{
    protected TimeProvider Time => time;

    public Task HandleAsync(HttpContext context) => HandleAsync(context, "");

    /// <param name="context">The request and its answer.</param>
    /// <param name="model">The model where the path names it; "": the body does.</param>
    public async Task HandleAsync(HttpContext context, string model)
    {
        var line = bill.Open(context.Request.Headers["x-client-request-id"].ToString());
        line.Model = model;
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
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, line, e.StatusCode, ErrorOf(e.StatusCode, e.Message));
        }
        finally
        {
            await bill.CloseAsync(line);
        }
    }

    protected abstract Task AnswerAsync(HttpContext context, BillLine line);

    /// <summary>An error object in the dialect's words.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="message">What it says; null: what the provider usually says.</param>
    /// <param name="code">The code of OpenAI's error that it stands for; null: none in particular.</param>
    protected abstract ReadOnlyMemory<byte> ErrorOf(int status, string? message, string? code = null);

    /// <summary>Refuses what is no request, at no charge.</summary>
    protected Task RefuseAsync(HttpContext context, BillLine line, int status, ReadOnlyMemory<byte> error) =>
        RefusalRunner.RefuseAsync(new Wire(context, new Timing(), line, time), status, error, line, charged: false);
}
