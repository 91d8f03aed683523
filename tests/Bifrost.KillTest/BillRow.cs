using System.Text.Json;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.KillTest;

/// <summary>One line of the upstream's bill, priced.</summary>
internal sealed record BillRow(string RequestId, string Model, bool Stream, TokenUsage Usage, bool UsageSent, string Outcome, long Cost)
{
    public string Key => Scenario.KeyOf(Model);

    /// <summary>An error instead of an answer. It costs what it says, so there is nothing to estimate (ledger, rules).</summary>
    public bool IsErrorAnswer => Outcome == "refused";

    /// <summary>True when the gateway was told the exact usage: by the answer's end, by an error, or by an error's silence.</summary>
    public bool IsTold => IsErrorAnswer || (UsageSent && Outcome is "completed" or "faulted");

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
