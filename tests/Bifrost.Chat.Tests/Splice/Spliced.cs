using System.Buffers;
using System.Text;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Tests.Splice;

/// <summary>Short ways to scan and splice in a test.</summary>
internal static class Spliced
{
    public static readonly Cost Price = new(1_500, 2_000_000_000, 30, 0, 7, 1);

    public const string CostJson =
        "{\"input_tokens_cost\":0.0000015,\"output_tokens_cost\":2,\"reasoning_tokens_cost\":0.00000003,\"citation_tokens_cost\":0," +
        "\"search_queries_cost\":0.000000007,\"request_cost\":0.000000001,\"total_cost\":2.000001538}";

    public static readonly ExtraFields Extra = new() { RequestType = RequestTypes.ChatCompletion, Provider = "p", LatencyMs = 5 };
    public const string ExtraJson = "{\"request_type\":\"chat_completion\",\"provider\":\"p\",\"latency\":5}";

    public static CompletionShape Scan(string json)
    {
        Assert.True(CompletionScanner.TryScan(Encoding.UTF8.GetBytes(json), out var shape), json);
        return shape;
    }

    public static string Answer(string json, Cost? cost = null, ExtraFields? extra = null) =>
        Run(json, (to, bytes, shape) => CompletionSplicer.Write(to, bytes, shape, cost, extra ?? Extra));

    public static string Chunk(string json, bool includeUsage = false, ExtraFields? extra = null) =>
        Run(json, (to, bytes, shape) => CompletionSplicer.WriteChunk(to, bytes, shape, includeUsage, extra ?? Extra));

    public static string UsageChunk(string json, Cost? cost = null) =>
        Run(json, (to, bytes, shape) => CompletionSplicer.WriteUsageChunk(to, bytes, shape, cost, Extra));

    private static string Run(string json, Action<IBufferWriter<byte>, byte[], CompletionShape> write)
    {
        var to = new ArrayBufferWriter<byte>();
        write(to, Encoding.UTF8.GetBytes(json), Scan(json));
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
