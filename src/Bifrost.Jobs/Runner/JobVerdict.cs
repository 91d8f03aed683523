using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Runner;

/// <summary>
/// What follows from a run (jobs, run): an answer completes the job; held credit and windows put it back, its key backing off; whatever no
/// waiting helps fails it at once. Pure.
/// </summary>
internal sealed record JobVerdict
{
    public static readonly JobVerdict Cancelled = new() { End = JobStatus.Cancelled };
    public static readonly JobVerdict Drained = new() { PutBack = JobPutBackReason.Drain };

    /// <summary>Null: the job is put back.</summary>
    public JobStatus? End { get; private init; }

    public JobPutBackReason PutBack { get; private init; }

    /// <summary>The answer; of a job that is put back, what it fails with if it may not go on.</summary>
    public JobOutcome? Outcome { get; private init; }

    public string? Error { get; private init; }

    /// <summary>Set where credit or a window was in the way: when a repetition may help.</summary>
    public long? RetryAfterMs { get; private init; }

    public bool Ends => End is not null;

    public static JobVerdict Failed(JobOutcome outcome, string error) => new() { End = JobStatus.Failed, Outcome = outcome, Error = error };

    public static JobVerdict Lost(string error, JobOutcome? outcome = null) =>
        new() { PutBack = JobPutBackReason.Lost, Outcome = outcome, Error = error };

    /// <param name="result">What the pipeline answered.</param>
    /// <param name="keyIsThere">Whether this process's catalog knows the job's key.</param>
    public static JobVerdict Of(ChatResult result, bool keyIsThere)
    {
        if (result is ChatBody body) return new JobVerdict { End = JobStatus.Completed, Outcome = JobAnswers.Of(body) };
        if (result is not ChatFailure { Error: var error }) return Lost($"The pipeline answered {result.GetType().Name}.");
        var outcome = JobAnswers.Of(error, result.Info);
        if (error is { IsBifrostError: true, Type: ErrorTypes.ShuttingDown }) return Drained;
        if (error is { IsBifrostError: true, Type: ErrorTypes.RequestCancelled }) return Lost(error.Message, outcome);
        if (!Waits(error, keyIsThere)) return Failed(outcome, error.Message);

        // Where an upstream was called on the way, the run is charged: it is not to be called again and again for a day.
        return error.Attempts.All(attempt => Waits(attempt.Type, keyIsThere))
            ? new JobVerdict { PutBack = JobPutBackReason.Wait, Outcome = outcome, Error = error.Message, RetryAfterMs = error.RetryAfterMs ?? 0 }
            : Lost(error.Message, outcome);
    }

    private static bool Waits(GatewayError error, bool keyIsThere)
    {
        if (!error.IsBifrostError) return false;

        // The key's silo knows another secret of it than this silo: one of the two has not loaded a rotation yet.
        if (error.Type == ErrorTypes.AccessNotFound) return keyIsThere;
        return error is { RetryAfterMs: not null, ShouldRetry: not false } && Waits(error.Type, keyIsThere);
    }

    private static bool Waits(string type, bool keyIsThere) => type switch
    {
        ErrorTypes.BudgetHeld or ErrorTypes.RequestLimited or ErrorTypes.TokenLimited or ErrorTypes.RateLimited => true,
        ErrorTypes.ConcurrencyLimited or ErrorTypes.QueueFull or ErrorTypes.RequestDropped or ErrorTypes.LedgerUnavailable => true,

        // Of ours with a time to come back: its circuit is open.
        ErrorTypes.ProviderUnavailable => true,
        ErrorTypes.AccessNotFound => keyIsThere,
        _ => false,
    };
}
