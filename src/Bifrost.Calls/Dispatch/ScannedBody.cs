using Bifrost.Calls.Contracts;
using Bifrost.Chat.Splice;

namespace Bifrost.Calls.Dispatch;

/// <summary>A whole answer that its dialect has scanned already, so that it is not scanned twice.</summary>
public abstract class ScannedBody : PlainBody
{
    /// <summary>What the scan of <see cref="PlainBody.Json"/> found.</summary>
    public abstract ref readonly CompletionShape Shape { get; }
}

/// <summary>A stream whose dialect has scanned every chunk that it hands out.</summary>
public abstract class ScannedStream : StreamBody
{
    /// <summary>What the scan of the last chunk found; valid as long as the chunk's bytes.</summary>
    public abstract ref readonly CompletionShape Shape { get; }
}
