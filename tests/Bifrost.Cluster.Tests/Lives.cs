using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Bifrost.Cluster.Tests.Rig;

namespace Bifrost.Cluster.Tests;

/// <summary>Silos that come, leave, are killed and lose their cluster, one after the other in one cluster of three.</summary>
public sealed class Lives(LivesFixture fixture, ITestOutputHelper output) : IClassFixture<LivesFixture>
{
    private const string Echo = """{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"Hello"}]}""";

    /// <summary>Three late probes of a second each, two votes, and what a busy machine adds.</summary>
    private static readonly TimeSpan s_answersWithin = TimeSpan.FromSeconds(25);

    [Theory]
    [InlineData("revoked", "DELETE", "", "")]
    [InlineData("rotated", "POST", "/rotate", "")]
    [InlineData("lowered", "PUT", "", """{"budgets":[{"max_limit":0,"reset_duration":"1M"}]}""")]
    public async Task Nobody_admits_a_key_once_the_change_that_forbids_it_has_returned(string key, string method, string more, string body)
    {
        var rig = await fixture.ThreeAsync();
        var load = new SteadyLoad();
        foreach (var silo in rig.Silos) load.Add(silo.Http, LivesFixture.Secret(key), Echo, callers: 2);
        await load.UntilAsync(30, TimeSpan.Zero, static call => call.Paid);
        var asked = SteadyLoad.Now;
        var changed = await rig.Silos[0].Http.SendAsync(new HttpMethod(method), $"/api/governance/virtual-keys/{key}{more}", body, AdminServer.Token);
        var returned = SteadyLoad.Now;
        Assert.True(changed.Status == 200, changed.Body);
        await load.UntilAsync(30, returned, static call => !call.Paid);
        await load.StopAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the admin call took {(returned - asked).TotalMilliseconds:F0} ms"));
        Assert.DoesNotContain(load.Calls, call => call.Began > returned && call.Paid);
        Assert.DoesNotContain(load.Calls, call => call.Began <= asked && call.Status is not (200 or 401 or 402 or 403));
    }

    /// <summary>Twelve of them, so that the dead silo also held the directory's entries of some: that is every third key.</summary>
    [Fact]
    public async Task Keys_whose_silo_was_killed_are_answered_by_the_others_without_a_failed_call()
    {
        var rig = await fixture.ThreeAsync();
        var killed = rig.Silos[2];
        foreach (var silo in new[] { killed, rig.Silos[0], rig.Silos[1] })
            await Task.WhenAll(LivesFixture.Killed.Select(key => AnswersAsync(silo, LivesFixture.Secret(key))));
        await killed.Process.KillAsync();
        var began = SteadyLoad.Now;
        var waits = await Task.WhenAll(rig.Silos.Take(2).SelectMany(static _ => LivesFixture.Killed, async (silo, key) =>
        {
            var answer = await silo.Http.PostAsync("/v1/chat/completions", Echo, LivesFixture.Secret(key));
            Assert.True(answer.Status == 200, $"{key}: {answer.Status} after {SteadyLoad.Now - began}: {answer.Body}\n{silo.Process.Said}");
            return SteadyLoad.Now - began;
        }));
        await rig.RemoveAsync(killed);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"first answers after {string.Join(", ", waits.Order().Select(wait => $"{wait.TotalSeconds:F1} s"))}"));
        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.Zero, s_answersWithin));
    }

    [Fact]
    public async Task A_silo_that_stops_under_load_fails_no_call_and_cuts_no_stream()
    {
        var rig = await fixture.ThreeAsync();
        var (leaving, key) = (rig.Silos[2], LivesFixture.Secret("leaving"));
        await AnswersAsync(leaving, key);
        var load = new SteadyLoad();
        foreach (var silo in rig.Silos.Take(2)) load.Add(silo.Http, key, Echo, callers: 3);
        await load.UntilAsync(30, TimeSpan.Zero, static call => call.Paid);
        var streams = new List<Task<string>>();
        for (var i = 0; i < 4; i++) streams.Add(await StreamAsync(leaving, key));
        await leaving.Process.TerminateAsync();
        await leaving.Process.SaysAsync("Stopping");
        foreach (var stream in await Task.WhenAll(streams))
        {
            Assert.EndsWith("data: [DONE]\n\n", stream, StringComparison.Ordinal);
            Assert.DoesNotContain("\"error\"", stream, StringComparison.Ordinal);
        }

        Assert.Equal(0, await leaving.Process.EndsAsync());
        var left = SteadyLoad.Now;
        await load.UntilAsync(30, left, static call => call.Paid);
        await load.StopAsync();
        await rig.RemoveAsync(leaving);
        output.WriteLine($"{load.Calls.Count} calls through the others, all answered");
        Assert.All(load.Calls, call => Assert.True(call.Paid, call.ToString()));
    }

    [Fact]
    public async Task A_silo_that_was_declared_dead_while_it_stood_still_ends_itself()
    {
        var rig = await fixture.ThreeAsync();
        var (late, dead) = (rig.Silos[2], await rig.DeadAsync());
        await late.Process.SignalAsync("STOP");
        await Eventually.UntilAsync(async () => await rig.DeadAsync() > dead, "the others declare it dead");
        await late.Process.SignalAsync("CONT");
        Assert.Equal(1, await late.Process.EndsAsync());
        Assert.Contains("This silo is out of its cluster and ends; start it again to join anew.", late.Process.Said, StringComparison.Ordinal);
        await rig.RemoveAsync(late);
        foreach (var silo in rig.Silos) await AnswersAsync(silo, LivesFixture.Secret("late"));
    }

    private static Task AnswersAsync(ServedSilo silo, string key) => Eventually.UntilAsync(
        async () => await silo.Http.CallAsync(key), static status => status == 200, static status => $"{status}");

    /// <summary>Begins a stream of two seconds; the task is its whole text.</summary>
    private static async Task<Task<string>> StreamAsync(ServedSilo silo, string key)
    {
        var http = new HttpClient { Timeout = Eventually.Limit };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(silo.Http.Address, "v1/chat/completions"))
        {
            Content = new StringContent(
                """{"model":"sim/sim-paced-40x50ms","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""",
                Encoding.UTF8,
                "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return ReadAsync();

        async Task<string> ReadAsync()
        {
            using (http)
            using (request)
            using (response)
                return await response.Content.ReadAsStringAsync();
        }
    }
}

/// <summary>The cluster that the lives of silos share; what a test took away the next one starts anew.</summary>
public sealed class LivesFixture(PostgresFixture postgres) : IAsyncLifetime
{
    public static IReadOnlyList<string> Killed { get; } = [.. Enumerable.Range(1, 12).Select(i => $"killed-{i}")];

    private static readonly string[] s_keys = ["revoked", "rotated", "lowered", "leaving", "late", .. Killed];

    private ClusterRig? _rig;

    public static string Secret(string key) => $"sk-bf-lives-{key}-0123456789abcdef";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_rig is not null) await _rig.DisposeAsync();
    }

    internal async Task<ClusterRig> ThreeAsync()
    {
        _rig ??= await ClusterRig.StartAsync(postgres.Server, Configuration, tls: true);
        foreach (var ended in _rig.Silos.Where(silo => silo.Process.HasExited).ToList()) await _rig.RemoveAsync(ended);
        if (_rig.Silos.Count < 3) await _rig.AddAsync(3 - _rig.Silos.Count);
        return _rig;
    }

    private static string Configuration(Uri upstream) => $$"""
        {
          "providers": { "sim": { "network_config": { "base_url": "{{upstream}}" }, "circuit_breaker": { "minimum_throughput": 1000000 } } },
          "governance": { "virtual_keys": [{{string.Join(", ", s_keys.Select(Key))}}] },
          "pricing": { "sim/*": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
        }
        """;

    private static string Key(string id) => $$"""
        { "id": "{{id}}", "name": "{{id}}", "value": "{{Secret(id)}}", "allow_all_providers": true,
          "budgets": [{ "max_limit": 100, "reset_duration": "1M" }], "rate_limit": { "request_max_limit": 1000000, "request_reset_duration": "1h" } }
        """;
}
