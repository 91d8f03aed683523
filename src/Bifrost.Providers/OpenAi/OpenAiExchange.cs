using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>The caller's bytes go up with a few edits, and the provider's come back as they are.</summary>
internal sealed class OpenAiExchange(UpstreamTarget target, ProviderCall call, Upstream upstream, ProviderLimits limits, TimeProvider time)
    : Exchange(target, call, upstream, limits, time)
{
    protected override EditedBody MakeBody() => new(Call.Body, Call.Edits);

    protected override UpstreamStream StreamOf(Stream body) => new OpenAiStream(Target, Response, body, Timer, Limits);

    protected override PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure)
    {
        failure = Judge(ref body, out var shape);
        return failure is null ? new PlainAnswer(body, shape) : null;
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
