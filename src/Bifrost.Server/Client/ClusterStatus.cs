using System.Globalization;
using System.Text.Json;
using Bifrost.Admin.Operations;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Json;

namespace Bifrost.Server.Client;

/// <summary><c>cluster status</c>: silos, activations by class, and providers, as <c>/api/cluster</c> and <c>/api/providers</c> have them.</summary>
internal static class ClusterStatus
{
    public static async Task RunAsync(ClusterConnection cluster, bool asJson)
    {
        var (entries, counts) = (cluster.Management.GetDetailedHosts(), cluster.Management.GetSimpleGrainStatistics());
        var board = await cluster.Grains.GetGrain<IBoardGrain>(IBoardGrain.Key).Read();
        var rows = SiloRow.Of(await entries, board, await counts, here: "", TimeProvider.System.GetUtcNow());
        if (asJson) await ClientOutput.JsonAsync(json => WriteJson(json, cluster.ClusterId, rows, board));
        else await ClientOutput.TextAsync(Text(cluster.ClusterId, rows, board));
    }

    private static void WriteJson(Utf8JsonWriter json, string clusterId, IReadOnlyList<SiloRow> rows, BoardView board)
    {
        json.WriteStartObject();
        json.WriteString("cluster_id"u8, clusterId);
        json.Objects("silos", rows, SiloJson.Write);
        json.WriteNumber("count"u8, rows.Count);
        json.Objects("providers", ProvidersOf(board), (each, name) =>
        {
            each.WriteStartObject();
            each.WriteString("name"u8, name);
            each.Objects("silos", On(name, board), static (on, seen) => SiloJson.WriteProvider(on, seen.Silo, seen.Status));
            each.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static string Text(string clusterId, IReadOnlyList<SiloRow> rows, BoardView board)
    {
        var active = rows.Count(static row => row.Entry?.Status == SiloStatus.Active);
        var silos = new TextTable(
            "SILO", "NAME", "STATUS", "VERSION", "CATALOG", "STARTED", "REQ/S", "CALLS", "JOBS", "UNPOSTED", "STORE MS", "LAG MS", "SKEW MS", "HOLDER");
        var grains = new TextTable("SILO", "ACTIVATIONS", "BY CLASS");
        foreach (var row in rows)
        {
            var report = row.Seen?.Report;
            silos.Add(
                row.Address, ClientOutput.Cell(row.Entry?.SiloName), ClientOutput.Cell(row.Entry?.Status.ToString().ToLowerInvariant()),
                ClientOutput.Cell(report?.Version), ClientOutput.Cell(report?.CatalogVersion), Started(row), ClientOutput.Cell(report?.RequestsPerSecond),
                ClientOutput.Cell(report?.CallsInFlight), ClientOutput.Cell(report?.JobsRunning), ClientOutput.Cell(report?.UnpostedEntries),
                ClientOutput.Cell(report?.StoreLatencyMs), ClientOutput.Cell(report?.BatchLagMs), ClientOutput.Cell(report?.ClockSkewMs),
                report is null || report.Holder == Guid.Empty ? "-" : report.Holder.ToString());
            if (row.Activations is not { Count: > 0 } all) continue;
            var byClass = string.Join("  ", all.Select(static each => $"{each.Grain} {each.Count}"));
            grains.Add(row.Address, ClientOutput.Cell(all.Sum(static each => each.Count)), byClass);
        }

        return $"Cluster {clusterId}: {active} silo(s) active.\n\n{silos}\n{grains}\n{Providers(board)}";
    }

    private static TextTable Providers(BoardView board)
    {
        var table = new TextTable("PROVIDER", "SILO", "CIRCUIT", "RUNNING", "WAITING", "CALLS/MIN", "FAILED", "P50 MS", "P99 MS", "ERRORS");
        foreach (var name in ProvidersOf(board))
        {
            foreach (var (silo, status) in On(name, board))
            {
                var figures = status.Figures;
                table.Add(
                    name, silo.Report.Silo, SiloJson.Word(status.Keys.FirstOrDefault(static key => key.KeyId.Length == 0)?.State),
                    ClientOutput.Cell(status.CallsRunning), ClientOutput.Cell(status.CallsWaiting), ClientOutput.Cell(figures?.Calls),
                    ClientOutput.Cell(figures?.Failures), ClientOutput.Cell(figures?.LatencyP50Ms), ClientOutput.Cell(figures?.LatencyP99Ms),
                    ClientOutput.Cell(string.Join(' ', figures?.Errors.Select(static error => $"{error.Kind} {error.Count}") ?? [])));
            }
        }

        return table;
    }

    private static IEnumerable<string> ProvidersOf(BoardView board) =>
        board.Silos.SelectMany(static silo => silo.Report.Providers).Select(static each => each.Name)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<(SiloSeen Silo, ProviderStatus Status)> On(string provider, BoardView board) =>
        from silo in board.Silos
        from report in silo.Report.Providers
        where report.Name == provider
        select (silo, report.Status);

    private static string Started(SiloRow row) =>
        row.Entry is { } entry ? entry.StartTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : "-";
}
