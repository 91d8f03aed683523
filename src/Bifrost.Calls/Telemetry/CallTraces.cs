using System.Diagnostics;

namespace Bifrost.Calls.Telemetry;

/// <summary>
/// Spans of requests, of jobs' runs and of their tries, by OpenTelemetry's conventions for generative AI. They say who was called for what and how it
/// ended, never what was said. Without a listener none is made.
/// </summary>
public static class CallTraces
{
    public const string SourceName = "Bifrost.Calls";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => s_source.HasListeners();

    /// <summary>A caller's request; null where it is not traced.</summary>
    /// <param name="method">Of HTTP.</param>
    /// <param name="route">A word of ours.</param>
    /// <param name="caller">The caller's own span; default: it has none.</param>
    public static Activity? Request(string method, string route, ActivityContext caller)
    {
        var span = s_source.StartActivity($"{method} {route}", ActivityKind.Server, caller);
        span?.SetTag("http.request.method", method).SetTag("http.route", route);
        return span;
    }

    /// <summary>A job's run, in a trace of its own that points to the submission; null where it is not traced.</summary>
    /// <param name="submission">The <c>traceparent</c> of the submission.</param>
    /// <param name="jobId">The job.</param>
    public static Activity? JobRun(string? submission, Guid jobId)
    {
        if (!IsOn) return null;
        ActivityLink[] links = ActivityContext.TryParse(submission, null, out var context) ? [new ActivityLink(context)] : [];
        Activity.Current = null;
        return s_source.StartActivity("job run", ActivityKind.Consumer, default(ActivityContext), null, links)?.SetTag("bifrost.job.id", jobId.ToString());
    }

    /// <summary>A try at a provider, below the request; null where it is not traced.</summary>
    internal static Activity? Try(Activity? request, string provider, string model)
    {
        if (!IsOn) return null;

        // The try before may still stand here, ended.
        Activity.Current = request;
        var span = s_source.StartActivity("chat " + model, ActivityKind.Client);
        return span?.SetTag(TargetSeries.OperationLabel, "chat").SetTag(TargetSeries.ProviderLabel, provider).SetTag(TargetSeries.ModelLabel, model);
    }

    /// <summary>Ends a span that went wrong; the word is one of ours.</summary>
    internal static void Failed(Activity span, string error) => span.SetTag(TargetSeries.ErrorLabel, error).SetStatus(ActivityStatusCode.Error);
}
