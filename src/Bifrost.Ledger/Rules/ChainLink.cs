namespace Bifrost.Ledger.Rules;

/// <summary>One budget of a lease's chain and the window the credit was taken from.</summary>
public readonly record struct ChainLink(string BudgetId, long WindowStartMs);
