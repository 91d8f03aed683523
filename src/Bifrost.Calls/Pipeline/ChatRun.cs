using Bifrost.Calls.Accounting;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;

namespace Bifrost.Calls.Pipeline;

/// <summary>One request on its way through its targets and tries. Used by one caller, once.</summary>
internal sealed class ChatRun
{
    private readonly ChatPipeline _pipeline;
    private readonly ChatCall _call;
    private readonly CatalogSnapshot _catalog;
    private readonly VirtualKey? _key;
    private readonly KeyReference _keyReference;
    private readonly RequestWatch _watch;

    // Null once a stream has taken it over.
    private CallLifetime? _lifetime;
    private ImmutableArray<AttemptReport> _attempts = [];
    private RateLimitView? _rateLimits;

    public ChatRun(
        ChatPipeline pipeline, ChatCall call, CatalogSnapshot catalog, VirtualKey? key, KeyReference keyReference, CancellationToken client)
    {
        (_pipeline, _call, _catalog, _key, _keyReference) = (pipeline, call, catalog, key, keyReference);
        _lifetime = new CallLifetime(call.Caller.VirtualKeyId, pipeline.Drains, pipeline.Options, pipeline.Time, client);
        _watch = new RequestWatch(pipeline.Meter, pipeline.Time, _lifetime.BegunAt);
    }

    private CallLifetime Lifetime => _lifetime ?? throw new InvalidOperationException("The stream has taken the lifetime over.");

    /// <summary>The answer of the first target that gives one, or the failure.</summary>
    public async Task<ChatResult> RunAsync(ImmutableArray<Target> targets)
    {
        var error = (string?)ErrorWords.Internal;
        _pipeline.Meter?.Begun();
        try
        {
            GatewayError? primary = null;
            for (var i = 0; i < targets.Length; i++)
            {
                var end = await RunTargetAsync(targets[i], i);
                if (end.Answer is not null)
                {
                    error = null;
                    return end.Answer;
                }

                // A stop of the gateway or of the client is news of its own; otherwise the primary's error is the request's.
                var isNews = Lifetime.ClientLeft || end.Failure?.Kind == FailureKind.ShuttingDown;
                if (Lifetime.ClientLeft) primary = RequestErrors.ClientLeft(_call);
                else if (isNews || primary is null) primary = end.Error;
                if (isNews || i == 0) error = ErrorWords.Of(primary!, Lifetime.ClientLeft ? null : end.Failure);
                if (end.Verdict == Verdict.Stop || _attempts.Length >= _pipeline.Options.TriesMax) break;
            }

            var info = Info(targets[0], 0, null);
            return new ChatFailure(info, RequestErrors.For(_call, primary! with { Attempts = _attempts }));
        }
        finally
        {
            if (_lifetime is not null) _watch.Ended(error);
            _lifetime?.Dispose();
        }
    }

    private async ValueTask<AttemptEnd> RunTargetAsync(Target target, int index)
    {
        var rotation = new KeyRotation(target.Provider, KeyAccess.ConfigOf(_key, target.Provider.Name), target.Model);
        _watch.Target(_catalog, target.Provider, target.Model, index);
        for (var retry = 0; ; retry++)
        {
            if (Lifetime.ClientLeft) return AttemptEnd.Stopped(RequestErrors.ClientLeft(_call));
            if (Lifetime.RemainingMs == 0) return AttemptEnd.Stopped(RequestErrors.TimedOut(_call, _pipeline.Options.RequestTimeoutMs));
            var begunAt = _pipeline.Time.GetTimestamp();
            _watch.Try(target.Provider.Name, target.Model, retry);
            var end = await TryAsync(target, index, rotation);
            if (end.Error is not null) _watch.NotAnswered(ErrorWords.Of(end.Error, end.Failure));
            if (end.Error is { } error) _attempts = _attempts.Add(ReportOf(target, error, begunAt));
            if (end.Answer is not null || end.Verdict == Verdict.Stop) return end;
            if (!MayRetry(target.Provider, ref end, rotation, retry, out var pauseMs)) return end;
            if (pauseMs > 0 && !await PauseAsync(pauseMs)) return AttemptEnd.Stopped(RequestErrors.ClientLeft(_call));
        }
    }

    /// <summary>Decides about another try at the same target, and which keys it may use.</summary>
    private bool MayRetry(Provider provider, ref AttemptEnd end, KeyRotation rotation, int retry, out long pauseMs)
    {
        pauseMs = 0;
        if (end.Failure is not { } failure) return false;
        var retryAfterMs = failure.RetryAfterMs;
        switch (failure.Kind)
        {
            case FailureKind.KeyRejected:
                rotation.Kill(end.KeyId);
                if (rotation.AllDead)
                    end = end with { Error = Of(ProviderFailures.KeysRejected(provider.Name, failure.Message), provider) };
                if (rotation.AllDead || end.KeyId.Length == 0) return false;
                break;
            case FailureKind.RateLimited when rotation.Rest(end.KeyId):
                // The preferred provider key is resting now, so the next try chooses freely.
                retryAfterMs = null;
                break;
            case FailureKind.CircuitOpen when rotation.Unpin():
                break;
            default:
                if (end.Verdict == Verdict.NextTarget) return false;
                if (end.Verdict == Verdict.RetrySameKey) rotation.Keep(end.KeyId);
                break;
        }

        if (retry >= provider.RetriesMax || _attempts.Length >= _pipeline.Options.TriesMax) return false;
        if (failure.Kind is FailureKind.KeyRejected or FailureKind.CircuitOpen) return true;
        pauseMs = RetryRules.PauseMs(provider, retry, retryAfterMs, _pipeline.Random.NextDouble());
        return pauseMs < Lifetime.RemainingMs;
    }

    private async Task<bool> PauseAsync(long ms)
    {
        var since = _pipeline.Time.GetTimestamp();
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), _pipeline.Time, Lifetime.Client);
            _watch.Waited(since);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private AttemptReport ReportOf(Target target, GatewayError error, long begunAt) => new(
        target.Provider.Name, target.Model, error.Status, error.Type, (long)_pipeline.Time.GetElapsedTime(begunAt).TotalMilliseconds);

    /// <summary>One try: admitted, dispatched, settled. What the client waits for stands here.</summary>
    private async ValueTask<AttemptEnd> TryAsync(Target target, int index, KeyRotation rotation)
    {
        if (!target.Provider.IsSupported) return new AttemptEnd(null, RequestErrors.NotSupported(_call, target), Verdict.NextTarget);
        if (!_pipeline.Settles.TryReserve()) return AttemptEnd.Stopped(RequestErrors.TooManyUnsettled(_call, _pipeline.Options.UnsettledMax));

        // 4. Admission: all limits or none.
        var (admitted, refused) = await AdmitAsync(target);
        if (admitted is not { } open) return refused;
        _watch.Admitted();
        if (Lifetime.ClientLeft)
        {
            open.NotSent();
            return AttemptEnd.Stopped(RequestErrors.ClientLeft(_call));
        }

        // 5. Dispatch: one try.
        ProviderReply reply;
        var since = _pipeline.Time.GetTimestamp();
        Lifetime.BeginTry(target.Provider, _call.Envelope.Stream);
        try
        {
            reply = await _pipeline.Providers.Of(target.Provider.Name).MakeAsync(AnswerParts.CallFor(_call, open, rotation, Lifetime, _pipeline, _watch));
            _watch.Waited(since);
        }
        catch (TryNotBegunException e)
        {
            Log.DispatchUnknown(_pipeline.Logger, open.Ticket.AttemptId, target.Provider.Name, e);
            open.NotSent();
            return new AttemptEnd(null, RequestErrors.DispatchUnknown(_call), Verdict.NextTarget);
        }
        catch (Exception e)
        {
            Log.DispatchUnknown(_pipeline.Logger, open.Ticket.AttemptId, target.Provider.Name, e);
            open.Unknown(status: 0);
            return new AttemptEnd(null, RequestErrors.DispatchUnknown(_call), Verdict.NextTarget);
        }

        // 6. Answer, or what follows from a failure; 7. either way the settlement has started, a stream's when it ends.
        try
        {
            if (reply.Failure is not null) return Fail(reply, open);
            return reply.Body switch
            {
                PlainBody plain when !_call.Envelope.Stream => await AnswerPlainAsync(plain, reply, open, index),
                StreamBody stream when _call.Envelope.Stream => await AnswerStreamAsync(stream, reply, open, index),
                _ => await MisfitAsync(reply, open),
            };
        }
        catch
        {
            // A fault of ours leaves no hold behind.
            open.Unknown(reply.Status);
            throw;
        }
    }

    private async ValueTask<(OpenAttempt? Admitted, AttemptEnd Refused)> AdmitAsync(Target target)
    {
        // Without the store an idle key's grain cannot be activated, so the call is refused before it asks the grain.
        if (!_pipeline.MayAdmit) return (null, Refused(target, KeyRefusals.NotReady));
        var ask = new AdmissionAsk(_pipeline, _call, Lifetime, _keyReference, target);
        AdmitReply reply;
        try
        {
            reply = await ask.DecideAsync();
        }
        catch (Exception e)
        {
            // It is unknown whether the attempt was admitted; settling it as never sent takes it back either way.
            Log.AdmissionUnknown(_pipeline.Logger, ask.AttemptId, _call.Caller.VirtualKeyId, e);
            Open(target, new Ticket { AttemptId = ask.AttemptId, VirtualKeyId = _call.Caller.VirtualKeyId }).NotSent();
            return (null, AttemptEnd.Stopped(RequestErrors.AdmissionUnknown(_call)));
        }

        _rateLimits = reply.RateLimits ?? _rateLimits;
        if (reply.Ticket is { } ticket) return (Open(target, ticket), default);
        return (null, Refused(target, reply.Refusal ?? throw new InvalidOperationException("An admission without a ticket and without a refusal.")));
    }

    /// <summary>Not admitted: the try's place is given back.</summary>
    private AttemptEnd Refused(Target target, Refusal refusal)
    {
        _pipeline.Settles.Release();
        _watch.Refused(refusal);
        var error = GatewayErrors.FromRefusal(refusal, target.Provider.Name, _call.Envelope.Model);
        return new AttemptEnd(null, error, RetryRules.After(refusal.Reason));
    }

    private OpenAttempt Open(Target target, Ticket ticket) =>
        new(_pipeline, _keyReference, _call, target, ticket, _catalog, _watch);

    private AttemptEnd Fail(ProviderReply reply, OpenAttempt open)
    {
        var failure = reply.Failure!;
        open.Error = ErrorWords.Of(failure.Kind);
        if (RetryRules.MayBeBilled(reply)) open.CutShort(AttemptOutcome.Unknown, default, reply.Status, RetryRules.HasEnded(failure));
        else if (reply.Sent) open.Failed(failure.Usage, reply.Status);
        else open.NotSent();

        if (Lifetime.ClientLeft) return AttemptEnd.Stopped(RequestErrors.ClientLeft(_call));
        if (failure.Kind == FailureKind.Aborted) return AttemptEnd.Stopped(RequestErrors.TimedOut(_call, _pipeline.Options.RequestTimeoutMs));
        return new AttemptEnd(null, Of(failure, open.Target.Provider), RetryRules.After(failure), failure, reply.KeyId);
    }

    private async ValueTask<AttemptEnd> AnswerPlainAsync(PlainBody body, ProviderReply reply, OpenAttempt open, int index)
    {
        await using (body)
        {
            if (!AnswerParts.TryScan(body, out var shape)) return NoAnswer(reply, open, shape.Usage);
            var names = new AnsweredNames(open.Target.Model);
            names.Add(body.Json.Span, shape);
            var outcome = Lifetime.ClientLeft ? AttemptOutcome.Abandoned : AttemptOutcome.Completed;
            var delivery = new Delivery
            {
                Told = shape.Told, Content = shape.Delivered, IsEndedByLimit = shape.IsEndedByLimit, Names = names,
            };
            open.Answered(outcome, delivery, reply.Status);
            if (outcome == AttemptOutcome.Abandoned) return AttemptEnd.Stopped(RequestErrors.ClientLeft(_call));
            _watch.Answers(isStream: false);
            var json = AnswerParts.WritePlain(_call, open, reply, body, shape);
            return AttemptEnd.Answered(new ChatBody(Info(open.Target, index, reply.ProcessingMs, open.Ticket), json, body.TakeClaim()));
        }
    }

    private async ValueTask<AttemptEnd> AnswerStreamAsync(StreamBody body, ProviderReply reply, OpenAttempt open, int index)
    {
        var lifetime = Lifetime;
        var info = Info(open.Target, index, reply.ProcessingMs, open.Ticket);
        var events = new LiveChatEvents(info, _pipeline, _call, open, body, reply, lifetime, _watch);
        _lifetime = null;
        lifetime.BeginStream();
        if (!lifetime.ClientLeft) return AttemptEnd.Answered(events);
        await events.DisposeAsync();
        return AttemptEnd.Answered(new ChatFailure(info, RequestErrors.ClientLeft(_call)));
    }

    private async ValueTask<AttemptEnd> MisfitAsync(ProviderReply reply, OpenAttempt open)
    {
        if (reply.Body is { } body) await body.DisposeAsync();
        return NoAnswer(reply, open, usage: null);
    }

    private AttemptEnd NoAnswer(ProviderReply reply, OpenAttempt open, TokenUsage? usage)
    {
        var provider = open.Target.Provider;
        var failure = ProviderFailures.BadAnswer($"Provider '{provider.Name}' answered with something that is no completion.") with { Usage = usage };
        return Fail(reply with { Failure = failure, Body = null, Sent = true }, open);
    }

    private GatewayError Of(ProviderFailure failure, Provider provider) => GatewayErrors.FromFailure(failure, provider.Name, _call.Envelope.Model);

    private ResponseInfo Info(Target target, int index, string? processingMs, Ticket? ticket = null) => new()
    {
        Provider = target.Provider.Name,
        ResolvedModel = target.Model,
        FallbackIndex = index,
        RateLimits = _rateLimits,
        OutputClamped = ticket is { Clamped: true } ? ticket.OutputTokensSent : null,
        ProcessingMs = processingMs,
    };
}
