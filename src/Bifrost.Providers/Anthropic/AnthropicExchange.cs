using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Anthropic;

/// <summary>One call in Anthropic's words.</summary>
internal sealed class AnthropicExchange(
    UpstreamTarget target,
    ProviderCall call,
    Upstream upstream,
    ProviderLimits limits,
    TimeProvider time,
    ReadOnlyMemory<byte> request,
    ImmutableArray<string> dropped) : Exchange(target, call, upstream, limits, time)
{
    private const string BetaHeader = "anthropic-beta";

    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    protected override EditedBody MakeBody() => new(request, []);

    protected override UpstreamStream StreamOf(Stream body) => new AnthropicStream(Target, Response, body, Timer, Limits, _created);

    protected override ProviderReply Told(ProviderReply reply) => reply with { Dropped = dropped, SentBody = request };

    protected override void AddHeaders(HttpRequestMessage message)
    {
        if (!MediaPart.IsStoredAnywhere(request.Span)) return;
        var headers = message.Headers;
        var beta = headers.NonValidated.TryGetValues(BetaHeader, out var values) ? values.ToString() : "";
        if (beta.Contains(RequestMap.FilesBeta, StringComparison.Ordinal)) return;
        headers.Remove(BetaHeader);
        headers.TryAddWithoutValidation(BetaHeader, beta.Length == 0 ? RequestMap.FilesBeta : $"{beta},{RequestMap.FilesBeta}");
    }

    protected override PlainBody? AnswerOf(ref BoundedBody body, out ProviderFailure? failure)
    {
        failure = null;
        var answer = new ArrayBufferWriter<byte>(body.Length + 512);
        if (AnswerMap.TryWrite(answer, body.Bytes.Span, _created) && CompletionScanner.TryScan(answer.WrittenSpan, out var shape))
            return new WholeAnswer(body, answer.WrittenMemory, shape);
        var error = ErrorBody.Parse(OddBody.ErrorIn(body.Bytes) ?? body.Bytes);
        failure = error.IsTold ? Verdict.OfErrorObject(Name, error, Target.Credential) : Bad("answered with something that is no message.");
        return null;
    }
}
