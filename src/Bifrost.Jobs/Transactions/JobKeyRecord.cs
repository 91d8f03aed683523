using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Transactions;

/// <summary>The counters of one key while a transaction works on them.</summary>
public sealed class JobKeyRecord(string virtualKeyId, int partition)
{
    public string VirtualKeyId { get; } = virtualKeyId;
    public int Partition { get; } = partition;

    /// <summary>Jobs that have not ended.</summary>
    public long OpenJobs { get; set; }

    /// <summary>Bytes of their bodies.</summary>
    public long OpenBytes { get; set; }

    /// <summary>Jobs in status processing.</summary>
    public long Running { get; set; }

    /// <summary>
    /// Bytes of requests and results of its ended jobs. The store itself counts them, so commands that share a transaction all see what was before it.
    /// </summary>
    public long KeptBytes { get; set; }

    public long PausedUntilMs { get; set; }
    public bool IsChanged { get; set; }
}

/// <summary>The first use of an idempotency key.</summary>
public sealed record JobFirstUse(byte[] BodyHash, Guid JobId, long AtMs);
