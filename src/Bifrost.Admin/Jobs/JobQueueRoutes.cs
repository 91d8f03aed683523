using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Jobs.Store;

namespace Bifrost.Admin.Jobs;

/// <summary><c>/api/jobs/queues</c>: how much waits and how long, by partition and by key.</summary>
internal sealed class JobQueueRoutes(IJobStore store) : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get("/api/jobs/queues", ListAsync)];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var limit = call.Limit();
        if (call.Findings.Error is { } error) return error;
        var depths = await store.ReadDepthsAsync(limit, call.Aborted);
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.Objects("queues", depths, Write);
            json.Objects("partitions", depths.GroupBy(depth => depth.Partition).OrderBy(partition => partition.Key), WritePartition);
            json.WriteNumber("pending"u8, depths.Sum(depth => depth.Pending));
            json.WriteNumber("processing"u8, depths.Sum(depth => depth.Processing));
            json.WriteNumber("count"u8, depths.Length);
            json.WriteNumber("limit"u8, limit);

            // Sums are those of the listed keys.
            json.WriteBoolean("complete"u8, depths.Length < limit);
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, JobDepth depth)
    {
        json.WriteStartObject();
        json.WriteNumber("partition"u8, depth.Partition);
        json.WriteString("virtual_key_id"u8, depth.VirtualKeyId);
        json.WriteNumber("pending"u8, depth.Pending);
        json.WriteNumber("processing"u8, depth.Processing);
        json.WriteNumber("bytes"u8, depth.Bytes);
        json.WholeOrNull("oldest_age_ms", Ms(depth.OldestAge));
        json.WriteNumber("paused_for_ms"u8, Ms(depth.PausedFor) ?? 0);
        json.WriteEndObject();
    }

    private static void WritePartition(Utf8JsonWriter json, IGrouping<int, JobDepth> partition)
    {
        json.WriteStartObject();
        json.WriteNumber("partition"u8, partition.Key);
        json.WriteNumber("keys"u8, partition.Count());
        json.WriteNumber("pending"u8, partition.Sum(depth => depth.Pending));
        json.WriteNumber("processing"u8, partition.Sum(depth => depth.Processing));
        json.WriteNumber("bytes"u8, partition.Sum(depth => depth.Bytes));
        json.WholeOrNull("oldest_age_ms", Ms(partition.Max(depth => depth.OldestAge)));
        json.WriteEndObject();
    }

    private static long? Ms(TimeSpan? time) => time is { } span ? (long)span.TotalMilliseconds : null;
}
