namespace Bifrost.Simulator;

/// <summary>How one simulator is opened. The defaults suit one that lives inside another process.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Where to listen; port 0 takes a free one, which <see cref="SimulatorHost.AddressOf"/> tells after the start.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>True: it ends on Ctrl-C and SIGTERM by itself. False: it lives until whoever opened it stops it.</summary>
    public bool OwnsProcess { get; init; }

    /// <summary>
    /// True: a flush ends once the socket has all bytes, so that no fault throws away what was sent before it. Streams take four times as long.
    /// </summary>
    public bool FlushesToSocket { get; init; } = true;

    /// <summary>True: warnings go to the console. Nothing is logged otherwise.</summary>
    public bool Log { get; init; }

    /// <summary>Bill lines kept in memory; the oldest go first, and <c>GET /bill</c> says how many went.</summary>
    public int BillLinesMax { get; init; } = 1_000_000;

    /// <summary>A file to append each finished bill line to, or null.</summary>
    public string? BillFile { get; init; }

    /// <summary>Received calls kept for <c>GET /calls/{x-client-request-id}</c>; 0 keeps none.</summary>
    public int RecordedCallsMax { get; init; }

    /// <summary>Bodies kept by the recorder, in bytes together.</summary>
    public long RecordedBytesMax { get; init; } = 64L << 20;

    /// <summary>The longest request body that is read.</summary>
    public long BodyBytesMax { get; init; } = 128L << 20;

    /// <summary>The clock of delays, paces and bill lines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
