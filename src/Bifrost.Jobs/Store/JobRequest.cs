using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Store;

/// <summary>What a job runs.</summary>
public sealed record JobRequest(JobCall Call, ReadOnlyMemory<byte> Body)
{
    /// <summary>Without the body.</summary>
    public override string ToString() => $"JobRequest {Call.RequestId}, {Body.Length} bytes";
}
