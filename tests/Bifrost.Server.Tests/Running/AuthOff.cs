using System.Net;
using System.Text;

namespace Bifrost.Server.Tests.Running;

/// <summary>A server that asks nobody for a key (<c>client.enforce_auth_on_inference: false</c>).</summary>
public sealed class AuthOff : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-open-");
    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://127.0.0.1:0;http://10.0.0.1:0")]
    public async Task Anyone_on_the_network_could_spend(string urls)
    {
        await using var server = await StartAsync("", urls);
        Assert.Equal(2, await server.EndsAsync());
        Assert.Contains("client.insecure", server.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insecure_lets_it_and_names_its_hosts()
    {
        await using var server = await StartAsync(""" "insecure": true, "allowed_hosts": ["gateway.example.com"],""", "http://0.0.0.0:0");
        var address = new UriBuilder(await server.AddressAsync()) { Host = "127.0.0.1" }.Uri;
        Assert.Equal(HttpStatusCode.OK, await CallAsync(address, host: "gateway.example.com"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(address, host: "gateway.example.com", origin: "https://gateway.example.com"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(address, host: "other.example.com"));
    }

    [Fact]
    public async Task A_web_page_could_spend()
    {
        await using var server = await StartAsync("", "http://127.0.0.1:0");
        var address = await server.AddressAsync();
        await server.SaysAsync("enforce_auth_on_inference is false");
        Assert.Equal(HttpStatusCode.OK, await CallAsync(address));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(address, host: $"localhost:{address.Port}"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(address, origin: address.GetLeftPart(UriPartial.Authority)));
        foreach (var page in (string[])["https://evil.example", "null", "http://localhost:1", "nonsense"])
            Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(address, origin: page));

        // A name that its owner points to this machine: the page is of the same origin then.
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(address, host: "evil.example", origin: "http://evil.example"));
        foreach (var path in (string[])["/v1/async/chat/completions", "/api/governance/teams", "/nothing"])
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await CallAsync(address, path, host: "evil.example"));
        using var health = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/health")) { Headers = { Host = "10.0.0.1" } };
        using var answer = await _http.SendAsync(health);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_caller_without_a_key_saw_the_jobs_of_all_the_others()
    {
        await using var process = await StartAsync("", "http://127.0.0.1:0");
        await using var server = AdminServer.Of(await process.AddressAsync(), process);
        server.StoreMayBeAway = false;
        const string jobs = "/v1/async/chat/completions";
        var made = await server.SendAsync(HttpMethod.Post, jobs, Requests.Body("sim/sim-echo"), null);
        Assert.True(made.Status == 202, made.Body);
        (await server.GetAsync("/v1/async/jobs", null)).IsError(401, "virtual_key_required");
        var polled = await server.GetAsync($"{jobs}/{made.Json.GetProperty("id").GetString()}?wait=20", null);
        Assert.True(polled.Status is 200 or 202, polled.Body);

        // Its sibling: the same key of idempotency found the other's job.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, jobs))
        {
            Content = new StringContent(Requests.Body("sim/sim-echo"), Encoding.UTF8, "application/json"),
            Headers = { { "Idempotency-Key", "1" } },
        };
        using var refused = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private async Task<ServerProcess> StartAsync(string client, string urls)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), $$"""
            { "client": { {{client}} "enforce_auth_on_inference": false }, "providers": { "sim": {} }, "pricing": { "sim/*": { "input_cost_per_token": 0, "output_cost_per_token": 0 } } }
            """);
        return BuiltServer.Start(_folder.FullName, "--urls", urls);
    }

    /// <summary>A call as a page or a program makes it; a heartbeat that is late on a loaded machine is waited for.</summary>
    private Task<HttpStatusCode> CallAsync(Uri address, string path = Requests.Chat, string? host = null, string? origin = null) => Eventually.UntilAsync(
        () => CallOnceAsync(address, path, host, origin), static status => status != HttpStatusCode.ServiceUnavailable, static status => status.ToString());

    private async Task<HttpStatusCode> CallOnceAsync(Uri address, string path, string? host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            // What a page may send without asking first.
            Content = new StringContent(Requests.Body("sim/sim-echo"), Encoding.UTF8, "text/plain"),
        };
        request.Headers.Host = host;
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }
}
