using System.Globalization;
using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>One or more real servers of one store, and the simulator whose bill says what was really called.</summary>
internal sealed class CrowdRig : IAsyncDisposable
{
    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly HttpClient _http = new();
    private readonly List<AdminServer> _servers = [];

    public IReadOnlyList<AdminServer> Servers => _servers;

    /// <param name="crowds">Who will call.</param>
    /// <param name="postgres">A store for two servers; null: one server on SQLite.</param>
    public static async Task<CrowdRig> StartAsync(IReadOnlyCollection<Crowd> crowds, string? postgres)
    {
        var rig = new CrowdRig();
        await rig._simulator.StartAsync();
        var options = new AdminServerOptions { Configuration = CrowdConfiguration.Of(SimulatorHost.AddressOf(rig._simulator), crowds), Postgres = postgres };
        for (var i = 0; i < (postgres is null ? 1 : 2); i++) rig._servers.Add(await AdminServer.StartAsync(options));
        return rig;
    }

    /// <summary>All callers of the crowd at once, spread over keys and servers.</summary>
    public async Task<CrowdEnds> CallAsync(Crowd crowd)
    {
        var ends = await Task.WhenAll(Enumerable.Range(0, crowd.Callers).Select(caller => CrowdCall.UntilItEndsAsync(
            _servers[caller % _servers.Count], Crowd.Secret(crowd.KeyName(caller / _servers.Count % crowd.Keys)), crowd.Body)));
        return new CrowdEnds(ends, await BilledAsync(crowd));
    }

    /// <summary>Waits until all credit is back, and answers what is posted on the crowd's budget, in nano-dollars.</summary>
    public async Task<long> PostedAsync(Crowd crowd)
    {
        var settled = await Eventually.UntilAsync(
            async () => (await _servers[0].GetAsync("/api/governance/budgets?limit=1000")).Json.GetProperty("budgets")
                .EnumerateArray().Single(one => one.GetProperty("id").GetString() == crowd.Name),
            budget => budget.GetProperty("held_usage").GetDecimal() + budget.GetProperty("in_doubt_usage").GetDecimal() == 0,
            budget => budget.GetRawText());
        return (long)(settled.GetProperty("current_usage").GetDecimal() * 1_000_000_000);
    }

    /// <summary>What the ledger's entries of the crowd cost, one by one; tries that were not sent cost nothing and are left out.</summary>
    public async Task<IReadOnlyList<long>> EntriesAsync(Crowd crowd)
    {
        var costs = new List<long>();
        for (var after = ""; ;)
        {
            var page = (await _servers[^1].GetAsync($"/api/ledger/entries?limit=1000&model={crowd.Model}{after}")).Json.GetProperty("entries");
            costs.AddRange(page.EnumerateArray().Select(entry => entry.GetProperty("cost_nanos").GetInt64()).Where(cost => cost != 0));
            if (page.GetArrayLength() < 1000) return costs;
            after = $"&after={page[page.GetArrayLength() - 1].GetProperty("attempt_id").GetString()}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await _simulator.DisposeAsync();
        _http.Dispose();
    }

    private async Task<int> BilledAsync(Crowd crowd)
    {
        var bill = await _http.GetStringAsync(new Uri(SimulatorHost.AddressOf(_simulator), "bill"));
        return bill.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("model").GetString() == crowd.Model;
        });
    }
}

/// <summary>How a crowd ended.</summary>
/// <param name="All">One end a caller.</param>
/// <param name="Billed">Calls on the upstream's bill.</param>
internal sealed record CrowdEnds(IReadOnlyCollection<CrowdEnd> All, int Billed)
{
    public int Of(CrowdEnd end) => All.Count(one => one == end);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Billed} billed, {Of(CrowdEnd.Paid)} paid, {Of(CrowdEnd.Exceeded)} exceeded, {Of(CrowdEnd.WindowIsFull)} full, {Of(CrowdEnd.PutOff)} put off");
}
