using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Shares;

/// <summary>
/// One attacker of each kind beside 20 honest keys, on the server in a process of its own: every honest call is answered, and the attack is told by a
/// metric and one line a minute. <c>scripts/fair-test.sh</c> runs it for longer (FAIR_SECONDS), and then looks at latency and memory as well, which say
/// nothing on a busy machine in a moment.
/// </summary>
public sealed class FairShares(ITestOutputHelper output)
{
    private const int HonestKeys = 20;
    private const int LongSeconds = 20;
    private const double MemoryMbMax = 512;

    // One for all: what the attacker allocates would pause the honest clients of this process.
    private static readonly byte[] s_upload = new byte[49_999_999];

    private static readonly int s_seconds = int.TryParse(
        Environment.GetEnvironmentVariable("FAIR_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 2;

    /// <param name="kind">What the attacker does.</param>
    /// <param name="limit">The limit that it reaches.</param>
    [Theory]
    [InlineData("withheld_bodies", "body_key")]
    [InlineData("idle_connections", "connections_address")]
    [InlineData("streams", "slots_key")]
    [InlineData("leaving", "drains_key")]
    [InlineData("faults", "circuits")]
    [InlineData("slow_readers", "answers_key")]
    [InlineData("slow_polls", "answers_key")]
    [InlineData("polls", "unknown_jobs")]
    [InlineData("bad_credentials", "credentials")]
    public async Task Honest_calls_are_answered_beside(string kind, string limit)
    {
        await using var simulator = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 1_000 });
        await simulator.StartAsync(TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("bifrost-fair-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "bifrost.json"), Configuration(SimulatorHost.AddressOf(simulator)));
            await using var server = ServerProcess.Start(
                BuiltServer.StartIn(folder.FullName, "--urls", "http://127.0.0.1:0", "--config", "bifrost.json") with
                {
                    // With more of them an attacker meets the limits beyond that of its address's connections.
                    FilesMax = kind == "idle_connections" ? 1_024 : 4_096, AdminToken = AdminServer.Token,
                });
            var address = await server.AddressAsync();
            await HonestAsync(address, server, Math.Min(s_seconds, 5));
            var usedAlone = server.ProcessorTime;
            var (_, alone, _) = await HonestAsync(address, server, Math.Min(s_seconds, LongSeconds));
            usedAlone = server.ProcessorTime - usedAlone;

            using var http = new HttpClient { Timeout = Eventually.Limit };
            var job = kind == "slow_polls" ? await EndedJobAsync(http, address) : "";
            using var stop = new CancellationTokenSource();
            var attack = AttackAsync(kind, address, job, stop.Token);
            var usedBeside = server.ProcessorTime;
            var (failed, beside, memoryMb) = await HonestAsync(address, server, s_seconds);
            usedBeside = server.ProcessorTime - usedBeside;
            var line = $"Limit {limit} was reached";
            await server.SaysAsync(line);
            var reached = await ShareRig.ReachedAsync(http, address, limit);
            await stop.CancelAsync();
            await attack.InTimeAsync();

            var lines = server.Said.Split(line).Length - 1;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind}: p99 {alone:0.0} ms alone, {beside:0.0} ms beside it; CPU of the server {usedAlone.TotalSeconds / Math.Min(s_seconds, LongSeconds):0.00} and {usedBeside.TotalSeconds / s_seconds:0.00}; {memoryMb:0} MB; {failed.Count} failed; {limit} {reached}, {lines} lines"));
            Assert.Empty(failed);
            Assert.True(reached > 0 && lines <= 1 + ((s_seconds + 20) / 60), $"{limit}: {reached} times, {lines} lines");
            Assert.False(server.HasExited);
            if (s_seconds < LongSeconds) return;
            Assert.True(beside <= (2 * alone) + 1, $"p99 {alone} ms alone, {beside} ms beside it");
            Assert.True(memoryMb <= MemoryMbMax, $"{memoryMb} MB");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Every honest key calls, one call after the other. Answers that are no success, the 99th percentile in ms, and the most memory.</summary>
    private static async Task<(IReadOnlyCollection<string> Failed, double P99Ms, double MemoryMb)> HonestAsync(Uri address, ServerProcess server, int seconds)
    {
        var (failed, times) = (new ConcurrentBag<string>(), new ConcurrentBag<double>());
        var begun = TimeProvider.System.GetTimestamp();
        var memoryMb = 0.0;
        using var http = new HttpClient { Timeout = Eventually.Limit };
        await Task.WhenAll(Enumerable.Range(0, HonestKeys).Select(async key =>
        {
            do
            {
                var at = TimeProvider.System.GetTimestamp();
                using var request = Request(address, HonestKey(key), "sim-delay-20ms");
                try
                {
                    using var response = await http.SendAsync(request);
                    if (!response.IsSuccessStatusCode) failed.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                }
                catch (HttpRequestException e)
                {
                    failed.Add(e.Message);
                }

                times.Add(TimeProvider.System.GetElapsedTime(at).TotalMilliseconds);
                if (key == 0) memoryMb = Math.Max(memoryMb, server.ResidentMb);
            }
            while (TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(seconds));
        }));
        var sorted = times.Order().ToList();
        return (failed, sorted[(int)((sorted.Count - 1) * 0.99)], memoryMb);
    }

    /// <summary>A job of the attacker's with a result of 60 MB; its id.</summary>
    private static async Task<string> EndedJobAsync(HttpClient http, Uri address)
    {
        using var submit = Request(address, ShareRig.Attacker, "sim-giant-60mb-unlimited");
        submit.RequestUri = new Uri(address, JobCalls.Path);
        using var submitted = await http.SendAsync(submit);
        var id = new Answer((int)submitted.StatusCode, await submitted.Content.ReadAsStringAsync(), new Dictionary<string, string>()).Json.GetProperty("id").GetString()!;
        using var poll = Poll(address, id, "?wait=60");
        using var ended = await http.SendAsync(poll, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(200, (int)ended.StatusCode);
        return id;
    }

    private static async Task AttackAsync(string kind, Uri address, string job, CancellationToken stop)
    {
        var lanes = kind switch { "idle_connections" => 1, "streams" => 160, "slow_readers" => 20, "slow_polls" => 30, "withheld_bodies" => 15, _ => 8 };
        await Task.WhenAll(Enumerable.Range(0, lanes).Select(async lane =>
        {
            using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = FromAttacker }) { Timeout = Timeout.InfiniteTimeSpan };
            var held = new List<IDisposable>();
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await StepAsync(kind, address, job, http, held, stop);
                }
                catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or SocketException)
                {
                    // Refused or stopped.
                }
            }

            foreach (var one in held) one.Dispose();
        }));
    }

    private static async Task StepAsync(string kind, Uri address, string job, HttpClient http, List<IDisposable> held, CancellationToken stop)
    {
        switch (kind)
        {
            case "withheld_bodies":
                var upload = new NetworkStream(await ShareRig.ConnectAsync(address, "127.0.0.2"), ownsSocket: true);
                held.Add(upload);
                await upload.WriteAsync(ShareRig.Head("POST", Requests.Chat, ShareRig.Attacker, 50_000_000), stop);
                await upload.WriteAsync(s_upload, stop);
                await upload.ReadExactlyAsync(new byte[1], stop);
                break;
            case "idle_connections":
                held.Add(await ShareRig.ConnectAsync(address, "127.0.0.2"));
                if (held.Count < 2_000) break;
                foreach (var one in held) one.Dispose();
                held.Clear();
                break;
            case "streams":
                var kept = held.Count;
                await SendAsync("sim-words-5-stall-after-2", "\"stream\":true", keep: true);
                if (held.Count == kept) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stop);
                break;
            case "leaving":
                await SendAsync("sim-words-5-stall-after-2", "\"stream\":true", keep: false);
                break;
            case "faults":
                await SendAsync("sim-asked", content: "sim-403");
                await SendAsync("sim-asked", content: "sim-402");
                await SendAsync("sim-500");
                break;
            case "slow_readers":
                await ReadSlowlyAsync(Request(address, ShareRig.Attacker, "sim-giant-60mb-unlimited"));
                break;
            case "slow_polls":
                await ReadSlowlyAsync(Poll(address, job));
                break;
            case "polls":
                using (var poll = Poll(address, Guid.CreateVersion7().ToString()))
                    (await http.SendAsync(poll, stop)).Dispose();
                break;
            default:
                using (var refused = await http.SendAsync(Request(address, "sk-bf-wrong-0123456789", "sim-echo"), stop))
                    Assert.False(refused.IsSuccessStatusCode);
                break;
        }

        async Task ReadSlowlyAsync(HttpRequestMessage request)
        {
            using (request)
            using (var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop))
            {
                await using var body = await response.Content.ReadAsStreamAsync(stop);
                var piece = new byte[1_024];
                while (await body.ReadAsync(piece, stop) > 0) await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, stop);
            }
        }

        async Task SendAsync(string model, string extra = "", string content = "Hello", bool keep = false)
        {
            var response = await http.SendAsync(
                Request(address, ShareRig.Attacker, model, extra, content), HttpCompletionOption.ResponseHeadersRead, stop);
            if (keep && response.IsSuccessStatusCode) held.Add(response);
            else response.Dispose();
        }
    }

    private static async ValueTask<Stream> FromAttacker(SocketsHttpConnectionContext connection, CancellationToken cancel) =>
        new NetworkStream(await ShareRig.ConnectAsync(new Uri($"http://127.0.0.1:{connection.DnsEndPoint.Port}/"), "127.0.0.2"), ownsSocket: true);

    private static HttpRequestMessage Request(Uri address, string secret, string model, string extra = "", string content = "Hello")
    {
        var body = $$"""{"model":"sim/{{model}}","messages":[{"role":"user","content":"{{content}}"}]{{(extra.Length == 0 ? "" : "," + extra)}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, Requests.Chat)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return request;
    }

    private static HttpRequestMessage Poll(Uri address, string job, string query = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"{JobCalls.Path}/{job}{query}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ShareRig.Attacker);
        return request;
    }

    private static string HonestKey(int key) => $"sk-bf-honest-{key:00}-0123456789";

    private static string Configuration(Uri simulator)
    {
        var keys = Enumerable.Range(0, HonestKeys).Select(key => $$"""{ "id": "h{{key}}", "value": "{{HonestKey(key)}}", "allow_all_providers": true }""");
        return $$"""
            {
              "providers": { "sim": { "network_config": { "base_url": "{{simulator}}" },
                "concurrency_and_buffer_size": { "concurrency": 100, "buffer_size": 100 } } },
              "governance": { "virtual_keys": [
                { "id": "attacker", "value": "{{ShareRig.Attacker}}", "allow_all_providers": true }, {{string.Join(", ", keys)}}] }
            }
            """;
    }
}
