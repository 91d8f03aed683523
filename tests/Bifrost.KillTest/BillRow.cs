using System.Text.Json;
using Bifrost.Abstractions.Chat;
using Bifrost.Core.Ledger;

namespace Bifrost.KillTest;

/// <summary>One line of the upstream's bill, priced.</summary>
internal sealed record BillRow(string RequestId, string Model, bool Stream, TokenUsage Usage, bool UsageSent, string Outcome, long Cost)
{
    public string Key => Scenario.KeyOf(Model);

    /// <summary>A whole answer that was an error object: what the upstream charged for it, it told nobody (ledger, rules: an error answer costs what it says).</summary>
    public bool IsErrorAnswer => !Stream && !UsageSent && Outcome == "faulted" && Model.Contains("-error-after-", StringComparison.Ordinal);

    public static async Task<List<BillRow>> ReadAsync(string path)
    {
        var rows = new List<BillRow>();
        await foreach (var text in File.ReadLinesAsync(path))
        {
            using var json = JsonDocument.Parse(text);
            rows.Add(Of(json.RootElement));
        }

        return rows;
    }

    private static BillRow Of(JsonElement line)
    {
        var usage = new TokenUsage
        {
            PromptTokens = line.GetProperty("prompt_tokens").GetInt64(),
            CompletionTokens = line.GetProperty("completion_tokens").GetInt64(),
            CachedReadTokens = line.GetProperty("cached_tokens").GetInt64(),
        };
        return new BillRow(
            line.GetProperty("request_id").GetString()!, line.GetProperty("model").GetString()!, line.GetProperty("stream").GetBoolean(), usage,
            line.GetProperty("usage_sent").GetBoolean(), line.GetProperty("outcome").GetString()!, CostCalculator.Cost(Scenario.Price, usage).TotalNanos);
    }
}
