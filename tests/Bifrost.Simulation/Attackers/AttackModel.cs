using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;

namespace Bifrost.Simulation.Attackers;

/// <summary>One model of one upstream: its row of the price sheet, and how it truly behaves.</summary>
internal sealed record AttackModel
{
    public required Provider Provider { get; init; }
    public required string Name { get; init; }
    public required ModelPrice Price { get; init; }
    public required UsageLie Lie { get; init; }

    /// <summary>What the provider truly does when a stream's connection closes.</summary>
    public required ClosingRule Closing { get; init; }

    /// <summary>True when most of its answers are much shorter than they may be.</summary>
    public bool IsShort { get; init; }

    /// <summary>True when it writes up to its ceiling whatever limit is sent, which its row does not say.</summary>
    public bool IgnoresLimit { get; init; }

    /// <summary>How many times the tokens a byte that its row says its tokenizer makes; 1: the row is right.</summary>
    public int PromptTimes { get; init; } = 1;

    /// <summary>Whether it searches by itself, for a fee; the callers' fields for that are refused.</summary>
    public bool Searches => Price.SearchQueryNanos is not null && (Price.AlwaysSearches ?? Provider.Billing.AlwaysSearches(Name));

    public string FullName => Provider.Name + "/" + Name;

    /// <summary>True when its row of the sheet is wrong: its bound may break.</summary>
    public bool IsDataWrong => IgnoresLimit || PromptTimes > 1;
}
