using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Pipeline;

/// <summary>What a stream has delivered and reported so far.</summary>
internal sealed class StreamTally
{
    /// <summary>The newest usage that was reported; null so far.</summary>
    public TokenUsage? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    /// <summary>Counts a chunk. False when it is none, or an error dressed as one.</summary>
    public bool TryAdd(StreamBody body, ReadOnlyMemory<byte> json, out CompletionShape shape)
    {
        if (body is ScannedStream scanned) shape = scanned.Shape;
        else if (!CompletionScanner.TryScan(json.Span, out shape)) return false;
        Usage = shape.Usage ?? Usage;
        if (shape.HasError) return false;
        ContentBytes += shape.ContentBytes;
        return true;
    }

    /// <summary>An error that says its usage says that of the stream.</summary>
    public void Add(ProviderFailure failure) => Usage = failure.Usage ?? Usage;
}
