using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.Simulation.Attackers;

/// <summary>What the upstream truly did for one try, whatever it told of it.</summary>
internal sealed class TrueCall
{
    public required Guid AttemptId { get; init; }
    public required AttackSilo Silo { get; init; }
    public required AttackModel Model { get; init; }
    public required SentRequest Sent { get; init; }
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Prices of the tier that it runs at.</summary>
    public required ModelPrice Price { get; init; }

    public required bool Stream { get; init; }
    public required long PromptTokens { get; init; }
    public required long CachedWriteTokens { get; init; }
    public required long SearchQueries { get; init; }

    /// <summary>Tokens that it writes before anything is seen.</summary>
    public required long HiddenTokens { get; init; }

    /// <summary>Tokens that it writes to be seen.</summary>
    public required long VisibleTokens { get; init; }

    /// <summary>Tokens of the prediction that it rejects.</summary>
    public required long RejectedTokens { get; init; }

    public required long TokensPerSecond { get; init; }

    /// <summary>How long it takes to notice that the connection is closed.</summary>
    public required TimeSpan Notice { get; init; }

    /// <summary>True when it ended with an error of its own before any content, for which it charges nothing.</summary>
    public bool Refused { get; set; }

    /// <summary>True when its usage was told, and read.</summary>
    public bool Told { get; set; }

    /// <summary>True when what it told, or would have told, is what it charges.</summary>
    public bool TellsTruly => Model.Lie
        is UsageLie.None or UsageLie.OtherNames or UsageLie.Texts or UsageLie.Running or UsageLie.LateZeros or UsageLie.Half;

    /// <summary>When it stopped, or will; null: it goes on to its end.</summary>
    public DateTimeOffset? StoppedAt { get; private set; }

    /// <summary>True when its answer was read to the end or broke off: nothing changes any more.</summary>
    public bool Ended { get; set; }

    public long AllWritten => HiddenTokens + VisibleTokens;

    /// <summary>From sending to the last token.</summary>
    public TimeSpan Takes => TimeSpan.FromMilliseconds(MsOf(AllWritten));

    /// <summary>Milliseconds from sending until so many tokens are written.</summary>
    public long MsOf(long tokens) => ((tokens * 1_000) + TokensPerSecond - 1) / TokensPerSecond;

    public long WrittenAt(DateTimeOffset at) => Math.Min(AllWritten, (long)(at - SentAt).TotalMilliseconds * TokensPerSecond / 1_000);

    /// <summary>The connection is closed, by whomever.</summary>
    public void Close(DateTimeOffset at)
    {
        if (Ended) return;
        Ended = true;
        if (Stream && Model.Closing != Catalog.Model.ClosingRule.RunsOn) StoppedAt = at + Notice;
    }

    /// <summary>It says itself that it stops.</summary>
    public void Stop(DateTimeOffset at)
    {
        Ended = true;
        StoppedAt = at;
    }

    /// <summary>What it did until a moment, or to its end.</summary>
    public TokenUsage UsageAt(DateTimeOffset? at)
    {
        if (Refused) return default;
        var written = at is { } moment ? WrittenAt(moment) : AllWritten;
        var thought = Price.ReasoningNanosPerMillion is null ? 0 : Math.Min(HiddenTokens, written);
        return new TokenUsage
        {
            PromptTokens = PromptTokens,
            CachedWriteTokens = CachedWriteTokens,
            CompletionTokens = written + RejectedTokens,
            ReasoningTokens = thought,
            SearchQueries = SearchQueries,
        };
    }

    /// <summary>What it charges, in nano-dollars.</summary>
    public long BillNanos()
    {
        if (Refused) return 0;
        var usage = UsageAt(StoppedAt);
        if (Told && Model.Lie == UsageLie.Half) usage = UsageJson.Half(usage);
        return CostCalculator.Cost(Price, usage).TotalNanos * (Sent.BillsApart ? 20 : 1);
    }

    public override string ToString() =>
        $"{Model.FullName} ({Model.Lie}, {Model.Closing}, {(Stream ? "stream" : "plain")}, {Model.Price}), sent {SentAt:HH:mm:ss.fff}, takes {Takes}, "
        + $"stopped {StoppedAt:HH:mm:ss.fff}, {HiddenTokens} hidden, {VisibleTokens} visible, {RejectedTokens} rejected, {TokensPerSecond} a second, "
        + $"told {Told}: {UsageAt(StoppedAt)}";
}
