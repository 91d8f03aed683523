namespace Bifrost.Calls.Dispatch;

/// <summary>Bounds on what an upstream may make the gateway hold, and on how long it may make it wait.</summary>
public sealed record ProviderLimits
{
    /// <summary>Bytes of a whole answer.</summary>
    public int AnswerBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of an error body that are read; what follows is dropped with the connection.</summary>
    public int ErrorBytesMax { get; init; } = 64 * 1024;

    /// <summary>Bytes of one event of a stream.</summary>
    public int EventBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long chunks without content at the beginning of a stream are held back, so that a failure behind them can fall back.</summary>
    public int HoldMs { get; init; } = 2_000;

    /// <summary>Connections to one provider.</summary>
    public int ConnectionsMax { get; init; } = 10_000;

    /// <summary>How long an unused connection is kept.</summary>
    public int ConnectionIdleMs { get; init; } = 60_000;

    /// <summary>How long a connection is used before its address is looked up anew.</summary>
    public int ConnectionLifeMs { get; init; } = 300_000;

    /// <summary>After a stream's end mark: how long to wait for the end of the answer, so that the connection can be used again.</summary>
    public int StreamTailMs { get; init; } = 1_000;
}
