using System.Text.Json;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// A stream of generated content, as chunks. Nothing of it reaches the client untranslated. It has no end mark: the reason why the answer ended is one.
/// </summary>
internal sealed class GeminiStream(
    UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits, AnswerState answer)
    : UpstreamStream(target, response, body, timer, limits)
{
    private readonly StreamMap _map = new(answer);
    private ReadOnlyMemory<byte> _raw;

    public override ReadOnlyMemory<byte> Raw => _raw;

    protected override bool EndsHere => _map.HasEnded;

    protected override bool TryJudgeData(in SseEvent next, ref CompletionShape shape, out StreamEvent judged)
    {
        judged = default;
        _raw = next.Data;

        // Proxies add the end mark of other streams behind answers that were cut off as well.
        if (next.IsDone) return false;
        var step = StreamStep.Nothing;
        try
        {
            if (!JsonText.IsObject(next.Data.Span.TrimStart(" \t\r\n"u8))) return TryJudgeOther(next, out judged);
            step = next.IsNamedError ? StreamStep.Error : _map.Map(next.Data.Span);
        }
        catch (JsonException)
        {
            return TryJudgeOther(next, out judged);
        }

        switch (step)
        {
            case StreamStep.Nothing:
                // Errors come in other dresses from whoever stands between.
                var error = ErrorBody.Parse(next.Data);
                if (!error.IsError) return false;
                judged = Said(error);
                return true;
            case StreamStep.Chunk:
                CompletionScanner.TryScan(_map.Chunk.Span, out shape);
                judged = new StreamEvent(StreamEventKind.Chunk, _map.Chunk, null);
                return true;
            case StreamStep.Failed:
                CompletionScanner.TryScan(_map.Chunk.Span, out shape);
                judged = Failed(ModelFailures.Of(Target.Provider.Name, _map.Failure, shape.Usage));
                return true;
            default:
                judged = Said(ErrorBody.Parse(next.Data));
                return true;
        }
    }

    /// <summary>What is no JSON object: an error in a list, or nothing that can be read.</summary>
    private bool TryJudgeOther(in SseEvent next, out StreamEvent judged)
    {
        var error = ErrorBody.Parse(next.Data);
        judged = next.IsNamedError || error.IsTold ? Said(error) : Broken("sent an event that is not a JSON object.");
        return true;
    }
}
