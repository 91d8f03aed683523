namespace Bifrost.Chat.Envelope;

/// <summary>What a name inside a message adds to what the call is billed for.</summary>
internal enum NameUse
{
    /// <summary>Not known: it may add anything.</summary>
    Unknown,

    /// <summary>The bytes that stand there and no more.</summary>
    Bytes,

    /// <summary>Text, or parts in its place.</summary>
    Text,

    /// <summary>What an answer gave and a client sends back: bytes, unless it refers to something.</summary>
    Echo,

    /// <summary>Content that is elsewhere, or whose bytes do not tell its size.</summary>
    Reference,
}
