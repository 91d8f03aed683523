using System.Text.Json;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>The ledger as the admin API tells it, against the upstream's bill, call by call.</summary>
internal static class Books
{
    /// <summary>Waits until no credit is out and none in doubt; then every billed call has one entry of its cost, and nothing else costs.</summary>
    /// <returns>What each model cost, in nano-dollars.</returns>
    public static async Task<Dictionary<string, long>> BalanceAsync(AdminServer server, Uri simulator, string budgetId, Func<long, long, long> costOf)
    {
        var posted = await QuietAsync(server, budgetId);
        var entries = new Dictionary<Guid, JsonElement>();
        for (var after = ""; ;)
        {
            var page = (await ReadAsync(server, $"/api/ledger/entries?limit=1000{after}")).GetProperty("entries");
            foreach (var entry in page.EnumerateArray()) entries.Add(entry.GetProperty("attempt_id").GetGuid(), entry);
            if (page.GetArrayLength() < 1_000) break;
            after = $"&after={page[999].GetProperty("attempt_id").GetString()}";
        }

        Assert.Equal(posted, entries.Values.Sum(Cost));
        using var http = new HttpClient();
        var costs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in (await http.GetStringAsync(new Uri(simulator, "bill"))).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var line = JsonDocument.Parse(text).RootElement;
            var cost = costOf(line.GetProperty("prompt_tokens").GetInt64(), line.GetProperty("completion_tokens").GetInt64());
            Assert.True(entries.Remove(line.GetProperty("request_id").GetGuid(), out var entry), $"no entry, or a second call, for {text}");
            Assert.True(Cost(entry) == cost && !entry.GetProperty("estimated").GetBoolean(), $"billed {cost}: {entry.GetRawText()}");
            var model = line.GetProperty("model").GetString()!;
            costs[model] = costs.GetValueOrDefault(model) + cost;
        }

        Assert.All(entries.Values, entry => Assert.True(Cost(entry) == 0, $"nobody billed {entry.GetRawText()}"));
        return costs;

        static long Cost(JsonElement entry) => entry.GetProperty("cost_nanos").GetInt64();
    }

    private static async Task<long> QuietAsync(AdminServer server, string budgetId)
    {
        var budgets = await Eventually.UntilAsync(
            async () => (await ReadAsync(server, "/api/governance/budgets?limit=1000")).GetProperty("budgets").EnumerateArray().ToList(),
            all => all.TrueForAll(budget => Usd(budget, "held_usage") + Usd(budget, "in_doubt_usage") == 0),
            all => string.Join('\n', all));
        return (long)(Usd(budgets.Single(budget => budget.GetProperty("id").GetString() == budgetId), "current_usage") * 1_000_000_000);

        static decimal Usd(JsonElement budget, string field) => budget.GetProperty(field).GetDecimal();
    }

    /// <summary>A read that the store, just healed or on a loaded machine, may keep waiting for: 503 is no answer yet, any other error is a wrong one.</summary>
    private static async Task<JsonElement> ReadAsync(AdminServer server, string path)
    {
        var answer = await Repeats.WhileUnavailableAsync(() => server.GetAsync(path));
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
