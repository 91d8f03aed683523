namespace Bifrost.Http.Bodies;

/// <summary>What the body of a request may take: room and time.</summary>
public sealed record BodyLimits
{
    /// <summary>Bytes of one body.</summary>
    public required int BodyBytesMax { get; init; }

    /// <summary>Bytes of all bodies in memory.</summary>
    public required long BufferedBytesMax { get; init; }

    /// <summary>Time between two looks at what has come.</summary>
    public TimeSpan ProgressEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes that come in that time at least, unless the body ends.</summary>
    public int ProgressBytesMin { get; init; } = 5 << 10;

    /// <summary>Time of a whole body.</summary>
    public TimeSpan WholeMax { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>
    /// Bytes of one owner's bodies: a quarter of the room, or as much as one body of the largest size takes while it grows, where that is more.
    /// </summary>
    public long ShareBytesMax => Math.Min(BufferedBytesMax, Math.Max(BufferedBytesMax / 4, 2L * BodyBytesMax));
}
