using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>The caller's bytes go up with a few edits, and the provider's come back as they are.</summary>
/// <param name="answers">What the provider says otherwise; null: nothing.</param>
/// <param name="written">The body where more than a few edits were due; empty: the caller's with its edits.</param>
internal class OpenAiExchange(
    UpstreamTarget target,
    ProviderCall call,
    Upstream upstream,
    ProviderLimits limits,
    TimeProvider time,
    AnswerRules? answers = null,
    ReadOnlyMemory<byte> written = default)
    : Exchange(target, call, upstream, limits, time)
{
    protected override EditedBody MakeBody() => written.IsEmpty ? new(Call.Body, Call.Edits) : new(written, []);

    protected override ProviderReply Told(ProviderReply reply) => written.IsEmpty ? reply : reply with { SentBody = written };

    protected override UpstreamStream StreamOf(Stream body) => new OpenAiStream(Target, Response, body, Timer, Limits, answers);

    protected override PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure)
    {
        failure = Judge(ref body, out var shape);
        if (failure is not null) return null;
        return answers is not null && new ChoiceMap(answers).TryWrite(body.Bytes.Span, out var json) && CompletionScanner.TryScan(json.Span, out var other)
            ? new WholeAnswer(body, json, other)
            : new WholeAnswer(body, body.Bytes, shape);
    }

    /// <summary>Null for one whole completion.</summary>
    private ProviderFailure? Judge(ref BoundedBody body, out CompletionShape shape)
    {
        if (!CompletionScanner.TryScan(body.Bytes.Span, out shape)
            && !(body.TryDropEndMark() && CompletionScanner.TryScan(body.Bytes.Span, out shape))) return JudgeOdd(body.Bytes);
        if (shape.HasError) return Verdict.OfErrorObject(Name, ErrorBody.Parse(body.Bytes), Target.Credential);
        return shape.HasChoices ? null : Bad("answered with a JSON object that is no completion: it has no choices.") with { Usage = shape.Usage };
    }

    /// <summary>
    /// A body that is no JSON object. It may be an error in a list or in events, and it may state a usage: then the provider ran, and that is what
    /// it costs.
    /// </summary>
    private ProviderFailure JudgeOdd(ReadOnlyMemory<byte> body)
    {
        var error = ErrorBody.Parse(OddBody.ErrorIn(body) ?? body);
        if (error.IsTold) return Verdict.OfErrorObject(Name, error, Target.Credential);
        var headers = Response.Content.Headers;
        var what = MediaTypes.IsJson(headers) ? "answered with something that is not a JSON object."
            : $"answered with content type '{MediaTypes.Of(headers)}' instead of JSON.";
        var (usage, hasContent) = OddBody.Of(body);
        if (!hasContent && error.Words is { } words) what = $"{what} It said: {Verdict.Masked(words, Target.Credential)}";
        return Bad(what) with { Usage = usage };
    }
}
