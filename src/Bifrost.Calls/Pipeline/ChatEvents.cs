namespace Bifrost.Calls.Pipeline;

/// <summary>
/// A live answer. One reader at a time. Disposing it before <see cref="ChatEventKind.Done"/> was read means that the client left: the
/// upstream is drained in the background, within limits, so that its usage is booked (contract section 5).
/// </summary>
public abstract class ChatEvents(ResponseInfo info) : ChatResult(info), IAsyncDisposable
{
    /// <summary>
    /// The next event; its bytes are valid until the next call. After an <see cref="ChatEventKind.Error"/> comes
    /// <see cref="ChatEventKind.Done"/>, and after that nothing. A token that is cancelled during the read means that the client left.
    /// </summary>
    public abstract ValueTask<ChatEvent> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Never waits for the upstream.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>One event to frame; <see cref="Json"/> is empty for <see cref="ChatEventKind.Done"/>.</summary>
public readonly record struct ChatEvent(ChatEventKind Kind, ReadOnlyMemory<byte> Json);

/// <summary>What a <see cref="ChatEvent"/> is.</summary>
public enum ChatEventKind
{
    /// <summary>A chunk of the answer.</summary>
    Chunk,

    /// <summary>The error object of contract section 6: the answer broke off.</summary>
    Error,

    /// <summary>The end mark: send <c>data: [DONE]</c>.</summary>
    Done,
}
