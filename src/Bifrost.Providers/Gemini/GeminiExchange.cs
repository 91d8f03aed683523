using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Gemini;

/// <summary>One call for generated content.</summary>
internal sealed class GeminiExchange(
    UpstreamTarget target,
    ProviderCall call,
    Upstream upstream,
    ProviderLimits limits,
    TimeProvider time,
    Uri url,
    RequestAbout about,
    ReadOnlyMemory<byte> request) : Exchange(target, call, upstream, limits, time)
{
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    protected override Uri Url => url;

    private AnswerState Answer => new(about, Call.AttemptId, _created, Limits.EventBytesMax);

    protected override EditedBody MakeBody() => new(request, []);

    protected override UpstreamStream StreamOf(Stream body) => new GeminiStream(Target, Response, body, Timer, Limits, Answer);

    protected override ProviderReply Told(ProviderReply reply) => reply with { Dropped = about.Findings.Dropped, SentBody = request };

    protected override PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure)
    {
        failure = null;
        var answer = new ArrayBufferWriter<byte>(body.Length + 512);
        var kind = AnswerMap.Write(answer, body.Bytes.Span, Answer, out var reason);
        var isScanned = CompletionScanner.TryScan(answer.WrittenSpan, out var shape);
        if (kind == AnswerKind.Whole && isScanned) return new WholeAnswer(body, answer.WrittenMemory, shape);
        if (kind == AnswerKind.Failed)
        {
            failure = ModelFailures.Of(Name, reason, shape.Usage);
            return null;
        }

        var error = ErrorBody.Parse(OddBody.ErrorIn(body.Bytes) ?? body.Bytes);
        failure = error.IsTold ? Verdict.OfErrorObject(Name, error, Target.Credential)
            : Bad("answered with something that holds no generated content.") with { Usage = shape.Usage };
        return null;
    }
}
