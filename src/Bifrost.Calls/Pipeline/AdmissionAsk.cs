using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Ids;

namespace Bifrost.Calls.Pipeline;

/// <summary>Asks a key's grain for one admission until it is decided, or its time is over. Used by one caller, once.</summary>
internal sealed class AdmissionAsk
{
    /// <summary>How often one question is asked that gets no answer.</summary>
    private const int AsksMax = 3;

    /// <summary>Before a grain is asked again that is leaving its silo, or could not begin on it.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(25);

    private readonly ChatPipeline _pipeline;
    private readonly ChatCall _call;
    private readonly KeyReference _key;
    private readonly TimeSpan _limit;
    private readonly long _askedAt;
    private AdmitRequest _request;

    public AdmissionAsk(ChatPipeline pipeline, ChatCall call, CallLifetime lifetime, KeyReference key, Target target)
    {
        (_pipeline, _call, _key) = (pipeline, call, key);
        _limit = TimeSpan.FromMilliseconds(Math.Min(pipeline.Options.AdmissionTimeoutMs, lifetime.RemainingMs));
        _askedAt = pipeline.Time.GetTimestamp();
        _request = new AdmitRequest
        {
            AttemptId = Uuid.New(pipeline.Time),
            SecretHash = call.Caller.SecretHash,
            Provider = target.Provider.Name,
            Model = target.Model,
            Content = AnswerParts.ContentOf(call),
            OutputTokensMax = call.Envelope.OutputTokensMax,
            Choices = call.Envelope.Choices,
            MayCount = pipeline.Counter.MayCount(call.Envelope),
            Clamp = call.Clamp,
        };
    }

    /// <summary>The attempt that was asked for last.</summary>
    public Guid AttemptId => _request.AttemptId;

    private TimeSpan Left => _limit - _pipeline.Time.GetElapsedTime(_askedAt);

    /// <summary>A ticket or a refusal.</summary>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async ValueTask<AdmitReply> DecideAsync()
    {
        while (true)
        {
            var reply = await AnswerAsync();
            if (reply.CountWith is { } tokenizer && _request.MayCount)
            {
                var counted = await _pipeline.Counter.CountAsync(_call.Caller.VirtualKeyId, _call.Envelope, tokenizer);
                _request = _request with { Counted = counted, MayCount = false };
            }
            else if (reply.IsLeaving && Left > s_pause)
            {
                // The grain begins anew elsewhere. What it had held already may have been given back by an entry of that attempt.
                await Task.Delay(s_pause, _pipeline.Time);
                _request = _request with { AttemptId = Uuid.New(_pipeline.Time) };
            }
            else
            {
                return reply;
            }
        }
    }

    /// <summary>
    /// One question may get no answer, where the silo of the key's grain died with it, or the grain could not begin there because that silo cannot reach
    /// the store; it is asked again with the same attempt, so that no second one is admitted.
    /// </summary>
    private async ValueTask<AdmitReply> AnswerAsync()
    {
        for (var asked = 1; ; asked++)
        {
            try
            {
                var left = Left;
                return await _key.AdmitAsync(_request).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _pipeline.Time);
            }
            catch (TimeoutException) when (asked < AsksMax && Left > TimeSpan.Zero)
            {
                // Orleans gave up, and there is time left.
            }
            catch (Exception failed) when (failed is not TimeoutException && asked < AsksMax && Left > s_pause)
            {
                Log.AdmissionAskedAgain(_pipeline.Logger, AttemptId, _call.Caller.VirtualKeyId, failed);
                await Task.Delay(s_pause, _pipeline.Time);
            }
        }
    }
}
