namespace Bifrost.Storage.Postgres;

/// <summary>What one transaction of job commands will look at, known before it begins.</summary>
internal sealed class PostgresJobLocks
{
    /// <summary>Jobs to be locked.</summary>
    public HashSet<Guid> Jobs { get; } = [];

    /// <summary>Keys that submit.</summary>
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>Idempotency keys, each with its virtual key.</summary>
    public HashSet<(string VirtualKeyId, string IdempotencyKey)> FirstUses { get; } = [];

    /// <summary>True: only leases are renewed, and nobody's counters are looked at.</summary>
    public bool RowsOnly { get; private init; }

    public static PostgresJobLocks Of(Guid jobId) => new() { Jobs = { jobId } };

    public static PostgresJobLocks OfRow(Guid jobId) => new() { Jobs = { jobId }, RowsOnly = true };

    public static PostgresJobLocks Together(IEnumerable<PostgresJobLocks> all)
    {
        var rowsOnly = true;
        var together = new List<PostgresJobLocks>(all);
        foreach (var one in together) rowsOnly &= one.RowsOnly;
        var sum = new PostgresJobLocks { RowsOnly = rowsOnly };
        foreach (var one in together)
        {
            sum.Jobs.UnionWith(one.Jobs);
            sum.FirstUses.UnionWith(one.FirstUses);
            sum.Keys.UnionWith(one.Keys);
        }

        return sum;
    }
}
