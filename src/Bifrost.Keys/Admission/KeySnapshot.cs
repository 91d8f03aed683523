using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Admission;

/// <summary>What outlives an activation: window counts and what was learned of models. Lossy by design (ledger, rate limits).</summary>
public sealed record KeySnapshot(ImmutableArray<WindowCount> Windows, ImmutableArray<KeyValuePair<string, LearnedModel>> Models);

/// <summary>One window's count.</summary>
/// <param name="Scope">Empty for the key itself, else the provider of its config.</param>
/// <param name="OfTokens">Tokens, not requests.</param>
/// <param name="Period">The window's period.</param>
/// <param name="Start">Start of the window that was counted in.</param>
/// <param name="Used">What was counted.</param>
public sealed record WindowCount(string Scope, bool OfTokens, WindowPeriod Period, DateTimeOffset Start, long Used);
