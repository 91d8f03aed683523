using System.Text;

namespace Bifrost.Jobs.Rules;

/// <summary>Which partition a key's jobs are in. The rows hold its answers, so it never changes.</summary>
public static class JobPartition
{
    private const ulong OffsetBasis = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <summary>FNV-1a over the id's UTF-8 bytes, folded, modulo the partitions.</summary>
    public static int Of(string virtualKeyId, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        var hash = OffsetBasis;
        foreach (var piece in Encoding.UTF8.GetBytes(virtualKeyId)) hash = unchecked((hash ^ piece) * Prime);
        return (int)((hash ^ (hash >> 32)) % (ulong)partitions);
    }
}
