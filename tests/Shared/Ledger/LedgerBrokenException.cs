namespace Bifrost.Testing;

/// <summary>An invariant of the ledger does not hold.</summary>
internal sealed class LedgerBrokenException(string rule) : Exception(rule);
