using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Keys.Contracts;

namespace Bifrost.Server.Client;

/// <summary>
/// <c>cluster keys</c>: what virtual keys have in hand now, and on which silo each lives. A key that no silo has in memory has nothing in hand.
/// </summary>
internal static class ClusterKeys
{
    /// <summary>Keys that are asked at once.</summary>
    private const int AtOnce = 16;

    private static readonly GrainType s_type = GrainType.Create("virtual-key");

    /// <param name="cluster">The cluster.</param>
    /// <param name="ids">Which keys; none: those that live on a silo now, in the order of their ids.</param>
    /// <param name="limit">How many of them.</param>
    /// <param name="asJson">JSON instead of a table.</param>
    public static async Task RunAsync(ClusterConnection cluster, IReadOnlyList<string> ids, int limit, bool asJson)
    {
        var alive = await cluster.Management.GetActiveGrains(s_type);
        var living = alive.Select(static grain => grain.Key.ToString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var keys = ids.Count > 0 ? ids : [.. living];
        var rows = new List<Row>();
        foreach (var some in keys.Take(limit).Chunk(AtOnce)) rows.AddRange(await Task.WhenAll(some.Select(id => ReadAsync(cluster, id))));
        if (asJson)
        {
            await ClientOutput.JsonAsync(json =>
            {
                json.WriteStartObject();
                json.Objects("keys", rows, Write);
                json.WriteNumber("count"u8, rows.Count);
                json.WriteNumber("active_count"u8, alive.Count);
                json.WriteEndObject();
            });
            return;
        }

        var table = new TextTable("KEY", "SILO", "CALLS", "REQUESTS LEFT", "RESET S", "TOKENS LEFT", "RESET S");
        foreach (var (id, silo, status) in rows)
        {
            var limits = status?.RateLimits;
            table.Add(
                id, silo ?? "in no memory", ClientOutput.Cell(status?.CallsInFlight),
                limits?.LimitRequests is { } requests ? $"{limits.RemainingRequests} of {requests}" : "-",
                limits?.LimitRequests is null ? "-" : ClientOutput.Cell(limits.ResetRequestsMs / 1_000),
                limits?.LimitTokens is { } tokens ? $"{limits.RemainingTokens} of {tokens}" : "-",
                limits?.LimitTokens is null ? "-" : ClientOutput.Cell(limits.ResetTokensMs / 1_000));
        }

        await ClientOutput.TextAsync($"{alive.Count} virtual key(s) live on a silo; {rows.Count} shown.\n\n{table}");
    }

    private static async Task<Row> ReadAsync(ClusterConnection cluster, string id)
    {
        // Asking a key that no silo has would bring it into memory, to answer that nothing is in hand.
        var grain = cluster.Grains.GetGrain<IVirtualKeyGrain>(id);
        if (await cluster.Management.GetActivationAddress(grain) is not { } silo) return new Row(id, null, null);
        return new Row(id, silo.ToParsableString(), await grain.Status());
    }

    private static void Write(Utf8JsonWriter json, Row row)
    {
        var limits = row.Status?.RateLimits;
        json.WriteStartObject();
        json.WriteString("id"u8, row.Id);
        json.TextOrNull("silo", row.Silo);
        json.WholeOrNull("calls_in_flight", row.Status?.CallsInFlight);
        json.WholeOrNull("limit_requests", limits?.LimitRequests);
        json.WholeOrNull("remaining_requests", limits?.LimitRequests is null ? null : limits.RemainingRequests);
        json.WholeOrNull("reset_requests_ms", limits?.LimitRequests is null ? null : limits.ResetRequestsMs);
        json.WholeOrNull("limit_tokens", limits?.LimitTokens);
        json.WholeOrNull("remaining_tokens", limits?.LimitTokens is null ? null : limits.RemainingTokens);
        json.WholeOrNull("reset_tokens_ms", limits?.LimitTokens is null ? null : limits.ResetTokensMs);
        json.WriteEndObject();
    }

    private sealed record Row(string Id, string? Silo, VirtualKeyStatus? Status);
}
