using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Gateway.Routing;
using Bifrost.Http.Auth;
using Bifrost.Http.Errors;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Gateway.Jobs;

/// <summary>Jobs over HTTP, by header on the chat route and by path (contract section 8). The grain of the job decides; here it is only asked.</summary>
internal sealed class JobEndpoint(
    CallerAuthenticator credentials,
    BadCredentials bad,
    JobReads reads,
    JobValidator validator,
    JobSubmitter submitter,
    JobClient jobs,
    IJobStore store,
    JobOptions options,
    JobMetrics metrics)
{
    /// <summary>A chat call whose headers ask for a job; its caller is known already.</summary>
    public async Task ByHeaderAsync(HttpContext context, RouteMatch route, string requestId, Caller caller, AsyncForm form)
    {
        var headers = context.Request.Headers;
        var asked = AnswerPreference.Read(context.Request, options, out var badWait);
        var error = validator.Refuse(caller) ?? (form == AsyncForm.Submit ? AsyncHeaders.RefuseSwitch(headers) : null) ?? badWait;
        if (error is not null && form == AsyncForm.Submit) metrics.Refused(error.Type);
        JobView? job = null;
        var model = "";
        if (error is null && form == AsyncForm.Poll)
            (job, error) = await PollAsync(headers[AsyncHeaderNames.Id].ToString().Trim(), caller, asked, context);
        else if (error is null)
            (job, model, error) = await SubmitAsync(context, route, requestId, caller, asked);

        if (job is not null) await HeaderAnswer.SendAsync(context, job, model, form == AsyncForm.Submit, asked, options);
        else await ErrorResponse.SendAsync(context, error!);
    }

    public async Task ByPathAsync(HttpContext context, RouteMatch route, string requestId)
    {
        var asked = AnswerPreference.Read(context.Request, options, out var badWait);
        var error = credentials.Identify(context.Request.Headers, out var caller);
        if (error is not null)
        {
            error = bad.Judge(context, error);
        }
        else
        {
            // Requests without a valid key are not counted: anyone could raise these metrics.
            error = validator.Refuse(caller) ?? badWait;
            if (error is not null && route.Kind == RouteKind.AsyncChat) metrics.Refused(error.Type);
            if (route.Kind == RouteKind.AsyncJobs) error ??= reads.Refuse(context, caller);
        }

        if (error is not null)
        {
            await ErrorResponse.SendAsync(context, error);
            return;
        }

        switch (route.Kind)
        {
            case RouteKind.AsyncChat:
                var (made, _, refused) = await SubmitAsync(context, route, requestId, caller, asked);
                await AnswerAsync(context, made, refused, asked, isSubmission: true);
                break;
            case RouteKind.AsyncJob when HttpMethods.IsDelete(context.Request.Method):
                var (cancelled, unknown) = await CancelAsync(route.Id!, caller, context);
                await AnswerAsync(context, cancelled, unknown, asked, isDelete: true);
                break;
            case RouteKind.AsyncJob:
                var (found, gone) = await PollAsync(route.Id!, caller, asked, context);
                await AnswerAsync(context, found, gone, asked);
                break;
            default:
                await ListAsync(context, caller);
                break;
        }
    }

    private async Task<(JobView? Job, string Model, GatewayError? Error)> SubmitAsync(
        HttpContext context, RouteMatch route, string requestId, Caller caller, AnswerPreference asked)
    {
        var (job, model, error) = await submitter.SubmitAsync(context, route, requestId, caller);
        if (job is null) return (null, model, error);
        var ended = JobWords.IsEnded(job.Status);
        if (!ended && asked.Wait == TimeSpan.Zero) return (job, model, null);
        var (later, gone) = await jobs.PollAsync(job.JobId, caller.VirtualKeyId, asked.Wait, context.Response.RegisterForDispose, context.RequestAborted);

        // The job is there, whatever became of the wait for it.
        return later is null && !ended ? (job, model, null) : (later, model, gone);
    }

    private async Task<(JobView? Job, GatewayError? Error)> PollAsync(string id, Caller caller, AnswerPreference asked, HttpContext context)
    {
        if (reads.Refuse(context, caller) is { } refused) return (null, refused);
        return JobIds.TryParse(id, out var jobId)
            ? Known(
                await jobs.PollAsync(jobId, caller.VirtualKeyId, asked.Wait, context.Response.RegisterForDispose, context.RequestAborted), context, caller)
            : Known((null, JobErrors.NotFound), context, caller);
    }

    private (JobView? Job, GatewayError? Error) Known((JobView? Job, GatewayError? Error) found, HttpContext context, Caller caller)
    {
        if (ReferenceEquals(found.Error, JobErrors.NotFound)) reads.Missed(context, caller);
        return found;
    }

    private async Task<(JobView? Job, GatewayError? Error)> CancelAsync(string id, Caller caller, HttpContext context)
    {
        if (reads.Refuse(context, caller) is { } refused) return (null, refused);
        if (!JobIds.TryParse(id, out var jobId)) return Known((null, JobErrors.NotFound), context, caller);
        var (job, error) = Known(await jobs.CancelAsync(jobId, caller.VirtualKeyId), context, caller);
        if (job is not { Status: JobStatus.Completed or JobStatus.Failed, Outcome: null }) return (job, error);
        return await jobs.PollAsync(jobId, caller.VirtualKeyId, TimeSpan.Zero, context.Response.RegisterForDispose, context.RequestAborted);
    }

    private Task AnswerAsync(
        HttpContext context, JobView? job, GatewayError? error, AnswerPreference asked, bool isSubmission = false, bool isDelete = false)
    {
        if (job is null) return ErrorResponse.SendAsync(context, error!);
        var isOpen = !JobWords.IsEnded(job.Status);
        var headers = context.Response.Headers;
        if (isSubmission) headers.Location = HeaderAnswer.LocationOf(job.JobId);
        if (isOpen) HeaderAnswer.WriteRetryAfter(headers, options);
        asked.Confirm(headers, isSubmission && isOpen);
        var status = isOpen && !isDelete ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        return job is { Status: JobStatus.Completed, Outcome: { } outcome }
            ? JsonResponse.SendAsync(context, status, json => JobJson.WriteUpToResult(json, job), outcome.Body)
            : JsonResponse.SendAsync(context, status, json => JobJson.Write(json, job));
    }

    private async Task ListAsync(HttpContext context, Caller caller)
    {
        // Callers without a key are all one to the store: what one of them asked is not for the others to see.
        if (AnonymousKey.Is(caller.VirtualKeyId))
        {
            await ErrorResponse.SendAsync(context, KeylessJobs.NoList);
            return;
        }

        if (JobList.Read(context.Request, caller.VirtualKeyId, out var error) is not { } query)
        {
            await ErrorResponse.SendAsync(context, error!);
            return;
        }

        try
        {
            await JobList.SendAsync(context, store, query);
        }
        catch (StoreUnavailableException)
        {
            await ErrorResponse.SendAsync(context, JobErrors.StoreAway);
        }
    }
}
