using System.Buffers;
using BenchmarkDotNet.Attributes;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Chat.Usage;

namespace Bifrost.Benchmarks.Chat;

/// <summary>What the wire costs a call: reading the request, changing it, and completing the answer or one chunk of it.</summary>
[MemoryDiagnoser]
public class WireBenchmarks
{
    private const int StreamEvents = 100;
    private const int EventBytesMax = 1 << 20;

    private static readonly Cost Cost = new(28_500, 66_000, 0, 0, 0, 0);
    private readonly ArrayBufferWriter<byte> _to = new(8_192);
    private readonly MemoryStream _stream = new(StreamOf(Payloads.Chunk));
    private readonly GatewayError _error = new() { Status = 429, Type = ErrorTypes.BudgetHeld, Message = "held", Provider = "openai", Model = "gpt-4o" };

    [Benchmark]
    public int ParseAndEditRequest()
    {
        ChatEnvelope.TryParse(Payloads.Request, ChatLimits.Default, out var envelope, out _);
        var edits = envelope!.EditsFor(new UpstreamShape("gpt-4o-mini", AskStreamUsage: true, ClampOutputTokens: 0));
        _to.ResetWrittenCount();
        EditWriter.Write(_to, envelope.Body.Span, edits.AsSpan());
        return _to.WrittenCount;
    }

    [Benchmark]
    public int ParseRequest()
    {
        ChatEnvelope.TryParse(Payloads.Request, ChatLimits.Default, out var envelope, out _);
        return envelope!.PromptBytes;
    }

    [Benchmark]
    public long ScanAnswer()
    {
        CompletionScanner.TryScan(Payloads.Answer, out var shape);
        return shape.Content.All;
    }

    [Benchmark]
    public int ScanAndSpliceAnswer()
    {
        CompletionScanner.TryScan(Payloads.Answer, out var shape);
        _to.ResetWrittenCount();
        CompletionSplicer.Write(_to, Payloads.Answer, shape, Cost, Extra(chunkIndex: null));
        return _to.WrittenCount;
    }

    [Benchmark]
    public int ScanAndSpliceChunk()
    {
        CompletionScanner.TryScan(Payloads.Chunk, out var shape);
        _to.ResetWrittenCount();
        CompletionSplicer.WriteChunk(_to, Payloads.Chunk, shape, includeUsage: false, Extra(chunkIndex: 7));
        return _to.WrittenCount;
    }

    [Benchmark(OperationsPerInvoke = StreamEvents)]
    public async Task<int> ReadEvent()
    {
        _stream.Position = 0;
        using var reader = new SseReader(_stream, EventBytesMax);
        var bytes = 0;
        while (await reader.ReadAsync(CancellationToken.None) is { Kind: SseEventKind.Data } read) bytes += read.Data.Length;
        return bytes;
    }

    [Benchmark]
    public int WriteError()
    {
        _to.ResetWrittenCount();
        ErrorWriter.Write(_to, _error);
        return _to.WrittenCount;
    }

    private static ExtraFields Extra(int? chunkIndex) => new()
    {
        RequestType = RequestTypes.ChatCompletion,
        Provider = "openai",
        ModelRequested = "openai/gpt-4o-mini",
        ModelDeployment = "gpt-4o-mini",
        LatencyMs = 412,
        ChunkIndex = chunkIndex,
    };

    private static byte[] StreamOf(byte[] chunk) =>
        [.. Enumerable.Repeat<byte[]>([.. "data: "u8, .. chunk, .. "\n\n"u8], StreamEvents).SelectMany(bytes => bytes)];
}
