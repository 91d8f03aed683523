using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Bifrost.Server.Tests.Running;

/// <summary>The commands <c>cluster …</c>, as operators run them, against servers in processes of their own.</summary>
public sealed class ClusterClient(PostgresFixture postgres) : IDisposable
{
    private const string Token = "an-admin-token-for-tests-0123456789";
    private const string Secret = "sk-bf-0123456789-of-the-cluster";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-cluster-");
    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Shows_silos_and_keys_and_drains_a_provider_on_all_of_them()
    {
        var database = await postgres.Server.CreateDatabaseAsync();
        await using var one = Server(Config("one", database, gateway: true));
        var first = await one.AddressAsync();
        await using var two = Server(Config("two", database, gateway: false));
        var second = await two.AddressAsync();
        foreach (var address in (Uri[])[first, second]) await Eventually.UntilAsync(async () => await CallAsync(address) == 200);

        var status = await Eventually.UntilAsync(
            () => JsonAsync("status"),
            read => read.GetProperty("silos").EnumerateArray().Count(silo => silo.GetProperty("report").ValueKind == JsonValueKind.Object) == 2
                && read.GetProperty("providers").EnumerateArray().Any(provider => provider.GetProperty("silos").GetArrayLength() == 2),
            read => read.GetRawText());
        var silos = status.GetProperty("silos").EnumerateArray().ToArray();
        Assert.All(silos, silo => Assert.Equal("active", silo.GetProperty("status").GetString()));
        Assert.Equal(2, silos.Select(silo => silo.GetProperty("report").GetProperty("holder").GetString()).Distinct().Count());
        var page = (await GetAsync(first, "/api/cluster")).GetProperty("silos").EnumerateArray().Select(silo => silo.GetProperty("silo").GetString());
        Assert.Equal(page.Order(), silos.Select(silo => silo.GetProperty("silo").GetString()).Order());

        var key = Assert.Single((await JsonAsync("keys")).GetProperty("keys").EnumerateArray());
        Assert.Equal("k", key.GetProperty("id").GetString());
        Assert.Contains(key.GetProperty("silo").GetString(), silos.Select(silo => silo.GetProperty("silo").GetString()));
        Assert.Equal(100, key.GetProperty("limit_requests").GetInt64());
        Assert.InRange(key.GetProperty("remaining_requests").GetInt64(), 0, 98);
        var none = Assert.Single((await JsonAsync("keys", "nobody")).GetProperty("keys").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, none.GetProperty("silo").ValueKind);

        var (code, text) = await RunAsync("status");
        Assert.True(code == 0, text);
        foreach (var word in (string[])["2 silo(s) active", "VirtualKeyGrain", "PROVIDER", "sim"]) Assert.Contains(word, text, StringComparison.Ordinal);
        (code, text) = await RunAsync("keys");
        Assert.True(code == 0 && text.Contains(" of 100", StringComparison.Ordinal), text);

        (code, text) = await RunAsync("drain", "sim");
        Assert.True(code == 0 && text.Contains("Drained", StringComparison.Ordinal), text);
        foreach (var address in (Uri[])[first, second]) Assert.Equal(502, await CallAsync(address));
        var line = (await GetAsync(second, "/api/audit")).GetProperty("entries")[0];
        Assert.Equal(("drain", "cluster-client"), (line.GetProperty("action").GetString(), line.GetProperty("actor").GetString()));
        Assert.Equal("done", (await JsonAsync("enable", "sim")).GetProperty("result").GetString());
        foreach (var address in (Uri[])[first, second]) Assert.Equal(200, await CallAsync(address));
        (code, text) = await RunAsync("drain", "nobody");
        Assert.True(code == 1 && text.Contains("There is no provider 'nobody'.", StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task Says_that_no_cluster_runs()
    {
        var database = await postgres.Server.CreateDatabaseAsync();
        var config = Config("gone", database, gateway: true);
        var (code, text) = await RunAsync("status");
        Assert.True(code == 3 && text.Contains("no cluster was ever started", StringComparison.Ordinal), text);

        await using (var server = Server(config))
        {
            await server.AddressAsync();
            await server.TerminateAsync();
            await server.EndsAsync();
        }

        (code, text) = await RunAsync("status");
        Assert.True(code == 3 && text.Contains("No gateway of cluster 'bifrost' answers", StringComparison.Ordinal), text);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_opens_to_the_clusters_certificate_alone()
    {
        var database = await postgres.Server.CreateDatabaseAsync();
        var (own, foreign) = (Certificates("own"), Certificates("foreign"));
        await using var server = Server(Config("tls", database, gateway: true, own));
        await Eventually.UntilAsync(async () => await CallAsync(await server.AddressAsync()) == 200);
        var (code, text) = await RunAsync("status");
        Assert.True(code == 0 && text.Contains("1 silo(s) active", StringComparison.Ordinal), text);

        Config("stranger", database, gateway: true, foreign);
        (code, text) = await RunAsync("status");
        Assert.True(code == 3 && text.Contains("No gateway", StringComparison.Ordinal), text);
        Config("naked", database, gateway: true);
        (code, text) = await RunAsync("status");
        Assert.True(code == 3, text);
        Assert.DoesNotContain("active", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"providers":{"sim":{}}}""", "cluster")]
    [InlineData("""{"cluster":{}}""", "store")]
    [InlineData("nonsense", "JSON")]
    [InlineData(null, "cannot be read")]
    public async Task A_configuration_without_a_cluster_is_told(string? config, string word)
    {
        if (config is not null) await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), config);
        var (code, text) = await RunAsync("status");
        Assert.True(code == 2 && text.Contains("bifrost.json", StringComparison.Ordinal) && text.Contains(word, StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task A_store_that_is_away_is_told_without_its_password()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), """
            {"store":{"type":"postgres","connection_string":"Host=127.0.0.1;Port=1;Username=u;Password=hidden-word;Database=d"},"cluster":{}}
            """);
        var (code, text) = await RunAsync("keys");
        Assert.True(code == 3 && text.Contains("does not answer", StringComparison.Ordinal), text);
        Assert.DoesNotContain("hidden-word", text, StringComparison.Ordinal);
    }

    /// <summary>Writes a server's configuration; the last one with a gateway is also the client's.</summary>
    private string Config(string name, string database, bool gateway, string tls = "")
    {
        var json = $$"""
            {
              "providers": { "sim": {} },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } },
              "governance": { "virtual_keys": [{ "id": "k", "value": "{{Secret}}", "allow_all_providers": true,
                "rate_limit": { "request_max_limit": 100, "request_reset_duration": "1h" } }] },
              "store": { "type": "postgres", "connection_string": "{{new NpgsqlConnectionStringBuilder(database).ConnectionString}}" },
              "cluster": { "silo_port": {{FreePort.Address().Port}}, "gateway_port": {{(gateway ? FreePort.Address().Port : 0)}}{{(tls.Length == 0 ? "" : $", \"tls\": {tls}")}} }
            }
            """;
        var path = Path.Combine(_folder.FullName, name + ".json");
        File.WriteAllText(path, json);
        if (gateway) File.WriteAllText(Path.Combine(_folder.FullName, "bifrost.json"), json);
        return path;
    }

    /// <summary>An authority and a certificate of it in files of the folder; their names as <c>cluster.tls</c> has them.</summary>
    private string Certificates(string name)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (from, to) = (TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var rootRequest = new CertificateRequest($"CN={name}-authority", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(from, to);
        var request = new CertificateRequest($"CN={name}", leafKey, HashAlgorithmName.SHA256);
        using var leaf = request.Create(root, from, to, [1, 2, 3, 4]);
        File.WriteAllText(In($"{name}.pem"), leaf.ExportCertificatePem());
        File.WriteAllText(In($"{name}.key"), leafKey.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(In($"{name}-authority.pem"), root.ExportCertificatePem());
        return $$"""{ "certificate": "{{In($"{name}.pem")}}", "key": "{{In($"{name}.key")}}", "authority": "{{In($"{name}-authority.pem")}}" }""";

        string In(string file) => Path.Combine(_folder.FullName, file);
    }

    private ServerProcess Server(string config) =>
        ServerProcess.Start(BuiltServer.StartIn(_folder.FullName, "--config", config, "--urls", "http://127.0.0.1:0") with { AdminToken = Token });

    private async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        await using var client = BuiltServer.Start(_folder.FullName, ["cluster", .. arguments]);
        return (await client.EndsAsync(), client.Said);
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (code, text) = await RunAsync([.. arguments, "--json"]);
        Assert.True(code == 0, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<int> CallAsync(Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/chat/completions"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Content = new StringContent(
            """{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"Hello"}]}""", Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<JsonElement> GetAsync(Uri address, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var response = await _http.SendAsync(request);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
