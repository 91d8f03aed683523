using System.Text.Json;
using Bifrost.Catalog.Editing;
using Bifrost.Ledger.Ids;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Admin.Tests.Operations;

/// <summary><c>/api/cluster</c> and the live part of <c>/api/providers</c>, on one server.</summary>
public sealed class ClusterPage(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task Shows_this_silo_with_what_it_says_of_itself_and_what_lives_on_it()
    {
        var key = await _server.MakeKeyAsync("seen");
        Assert.Equal(200, await _server.CallAsync(key.GetProperty("value").GetString()!));
        var cluster = await ReadAsync(page => Silo(page).GetProperty("report") is { ValueKind: JsonValueKind.Object } report
            && report.GetProperty("store_reached").GetBoolean() && report.GetProperty("store_latency_ms").ValueKind == JsonValueKind.Number
            && Activations(Silo(page), "VirtualKeyGrain") > 0);
        var silo = Silo(cluster);
        Assert.Equal((true, "active"), (silo.GetProperty("is_this").GetBoolean(), silo.GetProperty("status").GetString()));
        Assert.NotEqual(JsonValueKind.Null, silo.GetProperty("started_at").ValueKind);
        Assert.Equal(Activations(cluster, "VirtualKeyGrain"), Activations(silo, "VirtualKeyGrain"));

        var report = silo.GetProperty("report");
        var holder = Assert.Single(cluster.GetProperty("holders").EnumerateArray());
        Assert.Equal(holder.GetProperty("id").GetString(), report.GetProperty("holder").GetString());
        Assert.Equal(cluster.GetProperty("version").GetString(), report.GetProperty("version").GetString());
        Assert.True(report.GetProperty("admits").GetBoolean());
        Assert.InRange(report.GetProperty("clock_skew_ms").GetDouble(), -5_000, 5_000);
        Assert.InRange(report.GetProperty("memory_bytes").GetInt64(), 1_000_000, long.MaxValue);
    }

    [Fact]
    public async Task Counts_requests_a_second()
    {
        var secret = (await _server.MakeKeyAsync("counted")).GetProperty("value").GetString()!;
        using var stop = new CancellationTokenSource();
        var load = CallAsync();
        try
        {
            await ReadAsync(page => Silo(page).GetProperty("report") is { ValueKind: JsonValueKind.Object } report
                && report.GetProperty("requests_per_second").GetDouble() > 0);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        async Task CallAsync()
        {
            while (!stop.IsCancellationRequested) Assert.Equal(200, await _server.CallAsync(secret));
        }
    }

    [Fact]
    public async Task A_viewer_reads_it_and_a_virtual_key_does_not()
    {
        var made = await _server.PostAsync("/api/admin-tokens", """{"name":"looks","role":"viewer"}""");
        var viewer = made.Json.GetProperty("admin_token").GetProperty("value").GetString()!;
        var secret = (await _server.MakeKeyAsync("no admin")).GetProperty("value").GetString()!;
        Assert.Equal(200, (await _server.GetAsync("/api/cluster", viewer)).Status);
        Assert.Equal(200, (await _server.GetAsync("/api/providers", viewer)).Status);
        (await _server.GetAsync("/api/cluster", secret)).IsError(403, "access_blocked");
        (await _server.GetAsync("/api/cluster", null)).IsError(401, "invalid_credentials");
        (await _server.PostAsync("/api/providers/sim/drain", "", viewer)).IsError(403, "access_blocked");
    }

    [Fact]
    public async Task Providers_show_calls_latency_and_errors_by_silo()
    {
        var secret = (await _server.MakeKeyAsync("provided")).GetProperty("value").GetString()!;
        Assert.Equal(200, await _server.CallAsync(secret));
        Assert.NotEqual(200, await _server.CallAsync(secret, "sim/sim-500"));
        var provider = await Eventually.UntilAsync(
            async () => (await _server.GetAsync("/api/providers/sim")).Json.GetProperty("provider"),
            read => read.GetProperty("silos").EnumerateArray().Any(silo => silo.GetProperty("failures").GetInt32() > 0),
            read => read.GetRawText());
        var silo = Assert.Single(provider.GetProperty("silos").EnumerateArray());
        Assert.Equal(Silo((await _server.GetAsync("/api/cluster")).Json).GetProperty("silo").GetString(), silo.GetProperty("silo").GetString());
        Assert.InRange(silo.GetProperty("calls").GetInt32(), 2, int.MaxValue);
        Assert.True(silo.GetProperty("calls_per_second").GetDouble() > 0, silo.GetRawText());
        Assert.InRange(silo.GetProperty("latency_p99_ms").GetInt64(), silo.GetProperty("latency_p50_ms").GetInt64(), 600_000);
        Assert.Equal("closed", silo.GetProperty("circuit").GetString());
        var failing = silo.GetProperty("models").EnumerateArray().Single(model => model.GetProperty("model").GetString() == "sim-500");
        Assert.Equal(failing.GetProperty("calls").GetInt32(), failing.GetProperty("failures").GetInt32());
        Assert.Contains("server_error", silo.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("kind").GetString()));
    }

    /// <summary>The switch that a client outside of the cluster uses.</summary>
    [Fact]
    public async Task A_drain_from_outside_goes_through_the_catalog_and_leaves_one_line_of_audit()
    {
        await using var server = await AdminServer.StartAsync();
        var secret = (await server.MakeKeyAsync("drained")).GetProperty("value").GetString()!;
        var grain = server.Services.GetRequiredService<IGrainFactory>().GetGrain<IProviderSwitchGrain>("SIM");
        var turn = new ProviderTurn { OperationId = Uuid.New(TimeProvider.System), Drain = true, By = "ops@host\u0007\ud800" };
        for (var i = 0; i < 2; i++) Assert.Null((await grain.Turn(turn).InTimeAsync()).Refusal);
        Assert.True((await server.GetAsync("/api/providers/sim")).Json.GetProperty("provider").GetProperty("drained").GetBoolean());
        Assert.Equal(502, await server.CallAsync(secret));
        var lines = (await server.GetAsync("/api/audit")).Json.GetProperty("entries").EnumerateArray()
            .Where(line => line.GetProperty("target_kind").GetString() == "provider").ToList();
        var line = Assert.Single(lines);
        Assert.Equal(("drain", "cluster-client", "sim"),
            (line.GetProperty("action").GetString(), line.GetProperty("actor").GetString(), line.GetProperty("target_id").GetString()));
        Assert.Equal("ops@host", line.GetProperty("detail").GetProperty("said_to_be").GetString());

        var none = await server.Services.GetRequiredService<IGrainFactory>().GetGrain<IProviderSwitchGrain>("none").Turn(turn).InTimeAsync();
        Assert.Equal((true, "There is no provider 'none'."), (none.IsKnown, none.Refusal));
        Assert.Null((await grain.Turn(turn with { OperationId = Uuid.New(TimeProvider.System), Drain = false }).InTimeAsync()).Refusal);
        Assert.Equal(200, await server.CallAsync(secret));
    }

    private static JsonElement Silo(JsonElement cluster) => Assert.Single(cluster.GetProperty("silos").EnumerateArray());

    private static int Activations(JsonElement of, string grain) =>
        of.GetProperty("activations") is { ValueKind: JsonValueKind.Array } all
            ? all.EnumerateArray().Where(each => each.GetProperty("grain").GetString() == grain).Sum(each => each.GetProperty("count").GetInt32())
            : 0;

    private Task<JsonElement> ReadAsync(Func<JsonElement, bool> until) => Eventually.UntilAsync(
        async () => (await _server.GetAsync("/api/cluster")).Json, page => until(page), page => page.GetRawText());
}
