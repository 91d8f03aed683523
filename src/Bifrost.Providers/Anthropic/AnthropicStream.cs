using System.Buffers;
using System.Text.Json;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>A stream of Anthropic's messages, as chunks. Nothing of it reaches the client untranslated.</summary>
internal sealed class AnthropicStream(
    UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits, long created)
    : UpstreamStream(target, response, body, timer, limits)
{
    private readonly StreamMap _map = new(created, limits.EventBytesMax);
    private ReadOnlyMemory<byte> _raw;
    private bool _isWhole;

    public override ReadOnlyMemory<byte> Raw => _raw;

    protected override bool EndsHere => _isWhole;

    protected override bool TryJudgeData(in SseEvent next, ref CompletionShape shape, out StreamEvent judged)
    {
        judged = default;
        _raw = next.Data;

        // The end mark of other streams is none here: proxies add it behind answers that were cut off as well.
        if (next.IsDone) return false;
        var step = StreamStep.Nothing;
        try
        {
            step = _map.Map(next.Data.Span);
        }
        catch (JsonException)
        {
            var error = ErrorBody.Parse(next.Data);
            judged = next.IsNamedError || error.IsTold ? Said(error) : Broken("sent an event that is not a JSON object.");
            return true;
        }

        if (next.IsNamedError) step = StreamStep.Error;
        switch (step)
        {
            case StreamStep.Nothing:
                // Errors come in other dresses from whoever stands between.
                if (!IsErrorOfOthers(next)) return false;
                judged = Said(ErrorBody.Parse(next.Data));
                return true;
            case StreamStep.Chunk:
                CompletionScanner.TryScan(_map.Chunk.Span, out shape);
                judged = new StreamEvent(StreamEventKind.Chunk, _map.Chunk, null);
                return true;
            case StreamStep.Done:
                judged = Done();
                return true;
            case StreamStep.Whole when AsChunk(next.Data.Span, ref shape) is { } chunk:
                _isWhole = true;
                judged = new StreamEvent(StreamEventKind.Chunk, chunk, null);
                return true;
            case StreamStep.Error:
                judged = Said(ErrorBody.Parse(next.Data));
                return true;
            default:
                judged = Broken("ended its stream without saying why the answer ended: it is not whole.");
                return true;
        }
    }

    /// <summary>An object without a type that tells of an error.</summary>
    private static bool IsErrorOfOthers(in SseEvent next) => JsonMembers.Find(next.Data.Span, "type"u8).IsEmpty && ErrorBody.Parse(next.Data).IsError;

    private ReadOnlyMemory<byte>? AsChunk(ReadOnlySpan<byte> message, ref CompletionShape shape)
    {
        var whole = new ArrayBufferWriter<byte>(message.Length + 512);
        if (!AnswerMap.TryWrite(whole, message, created)) return null;
        var chunk = new ArrayBufferWriter<byte>(whole.WrittenCount + 64);
        WholeAsChunk.Write(chunk, whole.WrittenSpan);
        CompletionScanner.TryScan(chunk.WrittenSpan, out shape);
        return chunk.WrittenMemory;
    }
}
