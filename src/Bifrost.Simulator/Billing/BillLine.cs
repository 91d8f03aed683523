namespace Bifrost.Simulator.Billing;

/// <summary>How a call ended, seen from the upstream.</summary>
internal enum BillOutcome
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>All that the script says was sent, its end included.</summary>
    Completed,

    /// <summary>Answered with an error, scripted or earned: a status, or an error object under a 200 instead of an answer.</summary>
    Refused,

    /// <summary>The scripted fault struck; the answer is not whole.</summary>
    Faulted,

    /// <summary>The client left first.</summary>
    Aborted,
}

/// <summary>How far a call got.</summary>
internal enum BillReach
{
    Received,
    Headers,
    Chunks,
    End,
}

/// <summary>
/// One call on the bill. Written by the call's own request only; readers of a running one may see it half a step behind.
/// </summary>
internal sealed class BillLine(long number, DateTimeOffset at, string requestId)
{
    public long Number { get; } = number;

    public DateTimeOffset At { get; } = at;

    /// <summary>The <c>x-client-request-id</c> header; empty when there was none.</summary>
    public string RequestId { get; } = requestId;

    public string Model { get; set; } = "";

    public bool Stream { get; set; }

    public int PromptTokens { get; set; }

    public int CompletionTokens { get; set; }

    public int CachedTokens { get; set; }

    public int ReasoningTokens { get; set; }

    /// <summary>True when the client was sent the usage.</summary>
    public bool UsageSent { get; set; }

    /// <summary>Content chunks sent, of all choices.</summary>
    public int Chunks { get; set; }

    /// <summary>The HTTP status answered; 0 before that, or when none was.</summary>
    public int Status { get; set; }

    public BillReach Reach { get; set; }

    public BillOutcome Outcome { get; set; }

    public void ChargeNothing() => PromptTokens = CompletionTokens = CachedTokens = ReasoningTokens = 0;
}
