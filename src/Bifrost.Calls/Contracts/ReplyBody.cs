using Bifrost.Calls.Limits;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Contracts;

/// <summary>What a provider answered, in OpenAI's shape; lives in the process that called it.</summary>
public abstract class ReplyBody : IAsyncDisposable
{
    public abstract ValueTask DisposeAsync();
}

/// <summary>A whole answer: one JSON object, valid until disposed.</summary>
public abstract class PlainBody : ReplyBody
{
    public abstract ReadOnlyMemory<byte> Json { get; }

    /// <summary>What the provider answered, in its own dialect.</summary>
    public virtual ReadOnlyMemory<byte> Raw => Json;

    /// <summary>What it has of the room for answers, which from now on is the caller's to give back; null: it is small.</summary>
    public virtual AnswerClaim? TakeClaim() => null;
}

/// <summary>A live stream of chunks. One reader at a time.</summary>
public abstract class StreamBody : ReplyBody
{
    /// <summary>
    /// The next event. After <see cref="StreamEventKind.Done"/> or a failure kind there is no further one.
    /// The event's bytes are valid until the next call. Idle and total limits are watched here; they answer as failures, not as
    /// exceptions. Cancellation by <paramref name="cancellationToken"/> throws and gives up the wait, not the stream: a later read goes on.
    /// </summary>
    public abstract ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken);

    /// <summary>What the provider sent for the last chunk, in its own dialect, where that is another one; valid as long as the chunk.</summary>
    public virtual ReadOnlyMemory<byte> Raw => default;
}

/// <summary>What kind of event a stream gave.</summary>
public enum StreamEventKind
{
    /// <summary>A chunk: <see cref="StreamEvent.Json"/> is one JSON object in OpenAI's chunk shape.</summary>
    Chunk,

    /// <summary>The upstream's end mark.</summary>
    Done,

    /// <summary>The stream ended, stalled or turned bad without its end mark: <see cref="StreamEvent.Failure"/> says how.</summary>
    Failed,
}

/// <summary>One event of a stream.</summary>
public readonly record struct StreamEvent(StreamEventKind Kind, ReadOnlyMemory<byte> Json, ProviderFailure? Failure);
