using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.OpenAi;

/// <summary>Chunks that go through byte for byte. An error in whatever dress ends them as a failure; objects that are no chunks are passed over.</summary>
internal class OpenAiStream(
    UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits, AnswerRules? answers = null)
    : UpstreamStream(target, response, body, timer, limits)
{
    private readonly ChoiceMap? _choices = answers is null ? null : new ChoiceMap(answers);
    private ulong _choosing, _ended;
    private bool _isWhole;

    /// <summary>True once a whole completion was sent, or each choice has ended where that suffices.</summary>
    protected override bool EndsHere => _isWhole || (Target.Provider.EndsWithoutMark && _ended != 0 && (_choosing & ~_ended) == 0);

    protected override bool TryJudgeData(in SseEvent read, ref CompletionShape shape, out StreamEvent judged)
    {
        judged = default;
        var next = read.IsRaw && EndMark.IsBehind(read.Data.Span, out var length) ? read with { Data = read.Data[..length] } : read;
        if (next.IsDone)
        {
            judged = Done();
            return true;
        }

        if (!CompletionScanner.TryScan(next.Data.Span, out shape)) return TryJudgeOther(next, out judged);
        if (next.IsNamedError || shape.HasError)
        {
            judged = Said(ErrorBody.Parse(next.Data));
            return true;
        }

        if (shape.IsNothing) return false;
        if (!TryTake(next, ref shape, out var chunk)) return false;
        judged = new StreamEvent(StreamEventKind.Chunk, chunk, null);
        _choosing |= shape.Choosing;
        _ended |= shape.Ending;
        return true;
    }

    /// <summary>The chunk that the client is to see of an event, with its scan; false when there is nothing to see.</summary>
    protected virtual bool TryTake(in SseEvent next, ref CompletionShape shape, out ReadOnlyMemory<byte> chunk)
    {
        chunk = ChunkOf(next, ref shape);
        if (_choices is not null && _choices.TryWrite(chunk.Span, out var written))
        {
            chunk = written;
            CompletionScanner.TryScan(chunk.Span, out shape);
        }

        return true;
    }

    /// <summary>
    /// An event that is no JSON object: an error in a list, under the name of one, in plain words, or behind an event that was never finished;
    /// null, or a comment that was taken for data on its way; or nothing that can be read.
    /// </summary>
    private bool TryJudgeOther(in SseEvent next, out StreamEvent judged)
    {
        judged = default;
        var data = next.Data.Span.Trim(" \t"u8);
        if (!next.IsNamedError && (data.SequenceEqual("null"u8) || data.StartsWith(":"u8))) return false;
        var behind = next.Data[(next.Data.Span.LastIndexOf((byte)'\n') + 1)..];
        var isBehind = behind.Length < next.Data.Length && CompletionScanner.TryScan(behind.Span, out var shape) && shape.HasError;
        var error = ErrorBody.Parse(isBehind ? behind : next.Data);
        judged = next.IsNamedError || error.IsTold || ErrorBody.IsInWords(data)
            ? Said(error)
            : Broken("sent a chunk that is not a JSON object.");
        return true;
    }

    /// <summary>The bytes of a chunk. A whole completion in its place becomes one.</summary>
    private ReadOnlyMemory<byte> ChunkOf(in SseEvent next, ref CompletionShape shape)
    {
        var isWhole = (shape.HasMessage || next.IsRaw) && shape.HasChoices && !shape.HasDelta;
        _isWhole |= isWhole;
        if (!isWhole || !shape.HasMessage) return next.Data;
        var chunk = new ArrayBufferWriter<byte>(next.Data.Length + 64);
        WholeAsChunk.Write(chunk, next.Data.Span);
        CompletionScanner.TryScan(chunk.WrittenSpan, out shape);
        return chunk.WrittenMemory;
    }
}
