namespace Bifrost.Keys.Contracts;

/// <summary>A slice, or its refusal.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.SliceReply")]
public sealed record SliceReply
{
    /// <summary>False: nothing was handed out, and <see cref="Status"/> says why.</summary>
    [Id(0)] public required bool Granted { get; init; }

    /// <summary>Requests handed out; null when no request window binds.</summary>
    [Id(1)] public long? Requests { get; init; }

    /// <summary>Tokens handed out; null when no token window binds.</summary>
    [Id(2)] public long? Tokens { get; init; }

    /// <summary>How long the slice may be spent, in milliseconds since before its request was sent.</summary>
    [Id(3)] public long SpendMs { get; init; }

    /// <summary>Until the first of its windows ends, in milliseconds since before its request was sent.</summary>
    [Id(4)] public long WindowMs { get; init; }

    /// <summary>The windows after this request.</summary>
    [Id(5)] public required AccountStatus Status { get; init; }
}
