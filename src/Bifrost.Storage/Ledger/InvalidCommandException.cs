namespace Bifrost.Storage.Ledger;

/// <summary>A command holds a value that the database cannot take. Thrown inside the stores only: the batch then runs command by command.</summary>
internal sealed class InvalidCommandException(string message, Exception inner) : Exception(message, inner);
