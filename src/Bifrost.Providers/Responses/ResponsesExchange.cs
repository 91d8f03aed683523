using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Responses;

/// <summary>One call in the words of OpenAI's responses.</summary>
internal sealed class ResponsesExchange(
    UpstreamTarget target,
    ProviderCall call,
    Upstream upstream,
    ProviderLimits limits,
    TimeProvider time,
    ReadOnlyMemory<byte> request,
    ImmutableArray<string> dropped) : Exchange(target, call, upstream, limits, time)
{
    protected override EditedBody MakeBody() => new(request, []);

    protected override UpstreamStream StreamOf(Stream body) => new ResponsesStream(Target, Response, body, Timer, Limits);

    protected override ProviderReply Told(ProviderReply reply) => reply with { Dropped = dropped, SentBody = request };

    protected override PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure)
    {
        failure = null;
        var answer = new ArrayBufferWriter<byte>(body.Length + 512);
        if (AnswerMap.TryWrite(answer, body.Bytes.Span) && CompletionScanner.TryScan(answer.WrittenSpan, out var shape))
            return new WholeAnswer(body, answer.WrittenMemory, shape);
        var error = ErrorBody.Parse(OddBody.ErrorIn(body.Bytes) ?? body.Bytes);
        failure = error.IsTold ? Verdict.OfErrorObject(Name, error, Target.Credential) : Bad("answered with something that is no response.");
        return null;
    }
}
