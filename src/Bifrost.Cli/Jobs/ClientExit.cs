namespace Bifrost.Cli.Jobs;

/// <summary>How a command of the client ends.</summary>
public static class ClientExit
{
    /// <summary>Everything asked for was done; of a watched file, every line has its completion.</summary>
    public const int Done = 0;

    /// <summary>It was done, and some line or job has no completion: refused, failed, cancelled or expired.</summary>
    public const int WithFailures = 1;

    /// <summary>Nothing was begun: a bad option, file, address or key.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted, or the server could not be reached: the same command goes on where this one stopped.</summary>
    public const int Unfinished = 3;
}
