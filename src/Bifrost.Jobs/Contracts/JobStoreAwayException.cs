namespace Bifrost.Jobs.Contracts;

/// <summary>
/// The store of jobs did not answer, so it is not known what became of the call. The caller repeats the very same call, or says that
/// nothing is known.
/// </summary>
[GenerateSerializer, Alias("bifrost.JobStoreAwayException")]
public sealed class JobStoreAwayException : Exception
{
    public JobStoreAwayException() : this("The store of jobs did not answer.") { }

    public JobStoreAwayException(string message) : base(message) { }

    public JobStoreAwayException(string message, Exception? innerException) : base(message, innerException) { }
}
