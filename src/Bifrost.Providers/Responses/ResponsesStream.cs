using System.Buffers;
using System.Text.Json;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>A stream of a response, as chunks. The event that ends the response ends the answer; the end mark of chat completions does not.</summary>
internal sealed class ResponsesStream(UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits)
    : UpstreamStream(target, response, body, timer, limits)
{
    private readonly StreamMap _map = new();
    private ReadOnlyMemory<byte> _raw;
    private bool _isWhole;

    public override ReadOnlyMemory<byte> Raw => _raw;

    protected override bool EndsHere => _isWhole;

    protected override bool TryJudgeData(in SseEvent next, ref CompletionShape shape, out StreamEvent judged)
    {
        judged = default;
        _raw = next.Data;
        if (next.IsDone)
        {
            if (!_isWhole) return false;
            judged = Done();
            return true;
        }

        StreamStep step;
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

        switch (step)
        {
            case StreamStep.Chunk or StreamStep.Last when !next.IsNamedError:
                _isWhole |= step == StreamStep.Last;
                CompletionScanner.TryScan(_map.Chunk.Span, out shape);
                judged = new StreamEvent(StreamEventKind.Chunk, _map.Chunk, null);
                return true;
            case StreamStep.Whole when AsChunk(next.Data.Span, ref shape) is { } chunk:
                _isWhole = true;
                judged = new StreamEvent(StreamEventKind.Chunk, chunk, null);
                return true;
            case StreamStep.Nothing when !next.IsNamedError && !IsErrorOfOthers(next):
                return false;
            default:
                judged = Said(ErrorBody.Parse(ErrorIn(next.Data)));
                return true;
        }
    }

    /// <summary>A failed response tells of its error inside.</summary>
    private static ReadOnlyMemory<byte> ErrorIn(ReadOnlyMemory<byte> data)
    {
        var failed = JsonMembers.Find(data.Span, "response"u8);
        return !failed.IsEmpty && data.Span.Overlaps(failed, out var at) ? data.Slice(at, failed.Length) : data;
    }

    /// <summary>An object without a type that tells of an error.</summary>
    private static bool IsErrorOfOthers(in SseEvent next) => JsonMembers.Find(next.Data.Span, "type"u8).IsEmpty && ErrorBody.Parse(next.Data).IsError;

    private static ReadOnlyMemory<byte>? AsChunk(ReadOnlySpan<byte> response, ref CompletionShape shape)
    {
        var whole = new ArrayBufferWriter<byte>(response.Length + 512);
        if (!AnswerMap.TryWrite(whole, response)) return null;
        var chunk = new ArrayBufferWriter<byte>(whole.WrittenCount + 64);
        WholeAsChunk.Write(chunk, whole.WrittenSpan);
        CompletionScanner.TryScan(chunk.WrittenSpan, out shape);
        return chunk.WrittenMemory;
    }
}
