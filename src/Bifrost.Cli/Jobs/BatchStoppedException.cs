namespace Bifrost.Cli.Jobs;

/// <summary>The run cannot go on; what was done stands in its files.</summary>
internal sealed class BatchStoppedException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
