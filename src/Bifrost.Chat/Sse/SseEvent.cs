namespace Bifrost.Chat.Sse;

/// <summary>What a read of an event stream gave.</summary>
public enum SseEventKind
{
    /// <summary>An event with data.</summary>
    Data,

    /// <summary>The stream has ended; says nothing about whether its end mark came before.</summary>
    End,

    /// <summary>
    /// Comments or empty lines came, and no event yet: the sender lives. A read gives it only where it would wait for more bytes.
    /// </summary>
    LifeSign,

    /// <summary>A line or an event over the limit. Nothing more is read; every further read says the same.</summary>
    TooLarge,
}

/// <summary>One event of a stream.</summary>
/// <param name="Data">The event's data lines joined by line feeds, valid until the next read.</param>
/// <param name="IsNamedError">True when the event's name is <c>error</c>.</param>
public readonly record struct SseEvent(SseEventKind Kind, ReadOnlyMemory<byte> Data, bool IsNamedError)
{
    /// <summary>True for JSON that stood in the stream without a field name: a whole body, or an error that a server wrote between events.</summary>
    public bool IsRaw { get; init; }

    /// <summary>True for the end mark of OpenAI's streams, <c>[DONE]</c>.</summary>
    public bool IsDone => Kind == SseEventKind.Data && SseReader.IsDone(Data.Span);
}
