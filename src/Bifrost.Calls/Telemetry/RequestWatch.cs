using System.Diagnostics;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Telemetry;

/// <summary>
/// One request as the meters see it, from its first target to the end of its answer. Belongs to the request's run, then to the stream that it
/// answered with; used by one at a time.
/// </summary>
/// <param name="meter">Counts; null: nobody reads it.</param>
/// <param name="time">The clock.</param>
/// <param name="begunAt">When the request began.</param>
internal sealed class RequestWatch(CallMeter? meter, TimeProvider time, long begunAt)
{
    // The span of the request that is run here: a caller's, or a job's.
    private readonly Activity? _request = CallTraces.IsOn ? Activity.Current : null;

    private TargetSeries? _target;
    private Activity? _try;
    private long _firstAt;
    private int _retries;

    // Time that was not the gateway's own: providers, and pauses between tries.
    private TimeSpan _elsewhere;

    /// <summary>A target is turned to.</summary>
    /// <param name="index">0 for the primary.</param>
    public void Target(CatalogSnapshot catalog, Provider provider, string model, int index)
    {
        _target = meter?.Of(catalog, provider, model);
        if (index > 0) _target?.Fallback();
    }

    /// <summary>It is tried, for the first time or again. Its span ends with <see cref="Tried"/>, or else with <see cref="NotAnswered"/>.</summary>
    public void Try(string provider, string model, int retry)
    {
        if (retry > 0)
        {
            _retries++;
            _target?.Retry();
        }

        _try = CallTraces.Try(_request, provider, model);
    }

    /// <summary>The headers of the try: those of the call, and where it is traced and providers are told, its own <c>traceparent</c>.</summary>
    public ImmutableArray<Header> Outgoing(ImmutableArray<Header> headers, bool tells) => _try is null || !tells
        ? headers
        : headers.RemoveAll(static header => header.Name == "traceparent").Add(new Header("traceparent", _try.Id!));

    public void Admitted() => meter?.Admitted();

    public void Refused(Refusal refusal) => meter?.Refused(refusal);

    /// <summary>The gateway waited for somebody else since then.</summary>
    public void Waited(long since) => _elsewhere += time.GetElapsedTime(since);

    /// <summary>A try that was admitted is booked.</summary>
    public void Tried(long since, in TokenUsage usage, long costNanos, string? error)
    {
        if (_target is { } target) meter!.Tried(target, time.GetElapsedTime(since), usage, costNanos, error);
        if (_try is not { } span) return;
        _try = null;
        span.SetTag("gen_ai.usage.input_tokens", usage.PromptTokens).SetTag("gen_ai.usage.output_tokens", usage.CompletionTokens)
            .SetTag("bifrost.cost.nanos", costNanos);
        if (error is not null) CallTraces.Failed(span, error);
        span.Dispose();
    }

    /// <summary>A try has come to nothing: its span ends, if it has not.</summary>
    public void NotAnswered(string error)
    {
        if (_try is not { } span) return;
        _try = null;
        CallTraces.Failed(span, error);
        span.Dispose();
    }

    /// <summary>The answer begins.</summary>
    public void Answers(bool isStream)
    {
        if (_target is { } target) meter!.Overhead(target, time.GetElapsedTime(begunAt) - _elsewhere);
        if (isStream) meter?.StreamOpened();
    }

    /// <summary>The caller gets the first chunk of a stream.</summary>
    public void FirstToken()
    {
        _firstAt = time.GetTimestamp();
        if (_target is { } target) meter!.FirstToken(target, begunAt);
    }

    /// <summary>The caller read the stream to its end, or left it.</summary>
    /// <param name="outputTokens">Tokens of an answer that came whole; 0 of any other.</param>
    public void StreamEnded(string? error, long outputTokens)
    {
        if (_target is { } target) meter!.NextTokens(target, _firstAt, outputTokens);
        meter?.StreamClosed();
        Ended(error);
    }

    /// <summary>The request ended; once.</summary>
    public void Ended(string? error)
    {
        meter?.Ended(_target, begunAt, error, _retries);
        if (_request is not { IsAllDataRequested: true }) return;
        _request.SetTag(TargetSeries.OperationLabel, "chat");
        if (_target is not null) _request.SetTag(TargetSeries.ProviderLabel, _target.Provider).SetTag(TargetSeries.ModelLabel, _target.Model);
        if (error is not null) CallTraces.Failed(_request, error);
    }
}
