namespace Bifrost.Ledger.Store;

/// <summary>A command would bring a counter of a budget below zero: the transaction is not committed.</summary>
public sealed class BudgetBelowZeroException(string message) : InvalidOperationException(message);
