namespace Bifrost.Server.Silo;

/// <summary>
/// What a silo does that is no member of its cluster any more: it ends at once, with one line that says why and exit code 1. Its grains may live
/// elsewhere already, so nothing of it may go on; its money is the ledger's.
/// </summary>
internal sealed class EndOfSilo : IFatalErrorHandler
{
    private const int Failed = 1;

    private int _ends;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _ends, 1) != 0) return;
        var why = (context ?? exception?.Message ?? "no reason was given").ReplaceLineEndings(" ");
        Console.Error.WriteLine($"This silo is out of its cluster and ends; start it again to join anew. Orleans says: {why}");
        Console.Error.Flush();
        Environment.Exit(Failed);
    }
}
