using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Limits;

/// <summary>What of an account outlives an activation. Lossy by design: slices that were out count as used.</summary>
/// <param name="Requests">The request window; null before its first use.</param>
/// <param name="Tokens">The token window; null before its first use.</param>
public sealed record AccountSnapshot(SharedCount? Requests, SharedCount? Tokens);

/// <summary>One shared window's count.</summary>
/// <param name="Period">The window's period.</param>
/// <param name="Start">Start of the window that was counted in.</param>
/// <param name="Used">What was used or out in slices.</param>
public sealed record SharedCount(WindowPeriod Period, DateTimeOffset Start, long Used);
