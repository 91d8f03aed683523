using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bifrost.Catalog.Model;
using Bifrost.Jobs.Webhooks;
using Bifrost.Server.Configuration;

namespace Bifrost.Admin.Tests.Jobs;

/// <summary><c>/api/webhooks/endpoints</c>: endpoints that admins make, and their secrets.</summary>
public sealed class WebhookEndpointAdmin(PostgresFixture postgres)
{
    private const string Root = "/api/webhooks/endpoints";
    private const string Key = "sk-bf-webhook-0123456789abcdef";
    private const string FileSecret = "a-secret-of-the-file-0123456789";
    private const string ServersKey = "the-servers-own-key-0123456789";

    [Fact]
    public async Task An_endpoint_is_made_signs_with_the_secret_that_was_shown_once_and_is_there_after_a_restart()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var store = Options(data: Directory.CreateTempSubdirectory("bifrost-admin-").FullName);
        string secret;
        await using (var server = await AdminServer.StartAsync(store))
        {
            var made = await server.MakeAsync(Root, "endpoint", Body("mine", receiver));
            secret = made.GetProperty("secret").GetString()!;
            Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
            Assert.Equal(("admin", "generated", true), (Text(made, "source"), Text(made, "secret_from"), made.GetProperty("has_secret").GetBoolean()));
            await SubmitAsync(server, "mine", 202);
            await receiver.ToldAsync(1);
            CheckSignature(receiver, secret);

            // Neither lists nor the audit nor the database have it.
            foreach (var path in new[] { Root, $"{Root}/mine", "/api/webhooks", "/api/audit" })
                Assert.DoesNotContain(secret, (await server.GetAsync(path)).Body, StringComparison.Ordinal);
            Assert.Contains("\"webhook\"", (await server.GetAsync("/api/audit")).Body, StringComparison.Ordinal);
        }

        foreach (var file in Directory.GetFiles(store.DataFolder!))
        {
            var bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain(secret, bytes, StringComparison.Ordinal);
            Assert.DoesNotContain(secret["whsec_".Length..], bytes, StringComparison.Ordinal);
            Assert.DoesNotContain(Encoding.Latin1.GetString(WebhookSignature.KeyOf(secret)!), bytes, StringComparison.Ordinal);
        }

        await using var again = await AdminServer.StartAsync(store);
        await SubmitAsync(again, "mine", 202);
        await receiver.ToldAsync(2);
        CheckSignature(receiver, secret);

        var renewed = Text((await again.PostAsync($"{Root}/mine/rotate")).Json.GetProperty("endpoint"), "secret")!;
        Assert.NotEqual(secret, renewed);
        await SubmitAsync(again, "mine", 202);
        await receiver.ToldAsync(3);
        CheckSignature(receiver, renewed);
    }

    [Fact]
    public async Task Endpoints_are_changed_switched_off_and_deleted()
    {
        await using var server = await AdminServer.StartAsync(Options());
        Assert.Equal(200, (await server.PostAsync(Root, """{"name":"ci","url":"https://example.com/a"}""")).Status);
        (await server.PostAsync(Root, """{"name":"ci","url":"https://example.com/b"}""")).IsError(400, "invalid_request_error");
        await SubmitAsync(server, "ci", 202);
        var changed = await server.PutAsync($"{Root}/ci", """{"enabled":false,"url":"https://example.com/c"}""");
        Assert.Equal(
            (200, "https://example.com/c", false, false),
            (changed.Status, Text(changed.Json.GetProperty("endpoint"), "url"), changed.Json.GetProperty("endpoint").GetProperty("enabled").GetBoolean(),
                changed.Json.GetProperty("endpoint").TryGetProperty("secret", out _)));
        await SubmitAsync(server, "ci", 400);
        Assert.Equal(200, (await server.PutAsync($"{Root}/ci", """{"enabled":true}""")).Status);
        await SubmitAsync(server, "ci", 202);
        Assert.Equal(["ci", "filed"], (await server.GetAsync(Root)).Json.GetProperty("endpoints").EnumerateArray().Select(one => Text(one, "name")));
        Assert.Equal(2, (await server.GetAsync("/api/webhooks")).Json.GetProperty("count").GetInt32());

        Assert.Equal(200, (await server.DeleteAsync($"{Root}/ci")).Status);
        await SubmitAsync(server, "ci", 400);
        (await server.GetAsync($"{Root}/ci")).IsError(404, "not_found");
        (await server.DeleteAsync($"{Root}/ci")).IsError(404, "not_found");
        (await server.PutAsync($"{Root}/ci", "{}")).IsError(404, "not_found");
        (await server.PostAsync($"{Root}/ci/rotate")).IsError(404, "not_found");
        Assert.Equal(200, (await server.PostAsync(Root, """{"name":"ci","url":"https://example.com/a"}""")).Status);
        await SubmitAsync(server, "ci", 202);

        var audit = (await server.GetAsync("/api/audit")).Json.GetProperty("entries").EnumerateArray().Where(one => one.GetRawText().Contains("\"webhook\"", StringComparison.Ordinal));
        Assert.Equal(["create", "delete", "update", "update", "create"], audit.Select(one => Text(one, "action")));
    }

    [Fact]
    public async Task What_one_server_makes_changes_or_deletes_every_server_knows_when_the_call_returns()
    {
        var store = Options() with { Postgres = await postgres.Server.CreateDatabaseAsync() };
        await using var one = await AdminServer.StartAsync(store);
        await using var two = await AdminServer.StartAsync(store);
        await one.MakeAsync(Root, "endpoint", """{"name":"ci","url":"https://example.com/a"}""");
        await SubmitAsync(two, "ci", 202);
        Assert.Equal(200, (await two.PutAsync($"{Root}/ci", """{"enabled":false}""")).Status);
        await SubmitAsync(one, "ci", 400);
        Assert.Equal(200, (await two.PutAsync($"{Root}/ci", """{"enabled":true}""")).Status);
        await SubmitAsync(one, "ci", 202);
        Assert.Equal(200, (await one.DeleteAsync($"{Root}/ci")).Status);
        await SubmitAsync(two, "ci", 400);
    }

    [Fact]
    public async Task Endpoints_of_the_configuration_are_shown_and_changed_there_only()
    {
        await using var server = await AdminServer.StartAsync(Options());
        var filed = await server.GetAsync($"{Root}/filed");
        Assert.Equal("config", Text(filed.Json.GetProperty("endpoint"), "source"));
        Assert.DoesNotContain(FileSecret, filed.Body, StringComparison.Ordinal);
        (await server.PutAsync($"{Root}/filed", """{"enabled":false}""")).IsError(409, "conflict");
        (await server.PostAsync($"{Root}/filed/rotate")).IsError(409, "conflict");
        (await server.DeleteAsync($"{Root}/filed")).IsError(409, "conflict");
        (await server.PostAsync(Root, """{"name":"filed","url":"https://example.com/"}""")).IsError(400, "invalid_request_error");
    }

    [Theory]
    [InlineData("""{"url":"https://example.com/"}""", "name")]
    [InlineData("""{"name":"a/b","url":"https://example.com/"}""", "name")]
    [InlineData("""{"name":"a"}""", "url")]
    [InlineData("""{"name":"a","url":"http://example.com/"}""", "url")]
    [InlineData("""{"name":"a","url":"https://me:you@example.com/"}""", "url")]
    [InlineData("""{"name":"a","url":"https://example.com/","secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}""", "secret")]
    [InlineData("""{"name":"a","url":"https://example.com/","secret":"env.BIFROST_NO_SUCH_VARIABLE"}""", "secret")]
    [InlineData("""{"name":"a","url":"https://example.com/","events":[]}""", "events")]
    public async Task What_is_wrong_with_an_endpoint_is_said_by_its_field(string body, string field)
    {
        await using var server = await AdminServer.StartAsync(Options());
        Assert.Equal(field, Text((await server.PostAsync(Root, body)).IsError(400, "invalid_request_error").Json.GetProperty("error"), "param"));
    }

    [Fact]
    public async Task Without_a_key_of_the_servers_no_secret_is_made()
    {
        await using var server = await AdminServer.StartAsync(Options(key: null));
        var answer = (await server.PostAsync(Root, """{"name":"a","url":"https://example.com/"}""")).IsError(400, "invalid_request_error");
        Assert.Contains("encryption_key", answer.Body, StringComparison.Ordinal);
        Assert.Equal(1, (await server.GetAsync(Root)).Json.GetProperty("total_count").GetInt32());
    }

    [Fact]
    public void A_secret_is_found_where_it_is_and_by_nobody_with_another_key()
    {
        var webhook = new Webhook { Name = "a", Url = new Uri("https://example.com/") };
        var secrets = new WebhookSecrets(ServersKey, name => name is "BIFROST_WEBHOOK_A" or "BIFROST_ADMIN_TOKEN" ? "a-secret-of-the-environment" : name == "BIFROST_WEBHOOK_SHORT" ? "short" : null);
        var (made, text) = secrets.Renew(webhook);
        Assert.Equal(WebhookSignature.KeyOf(text), secrets.Find(made));
        Assert.Null(secrets.Find(made with { Name = "b" }));
        Assert.Null(new WebhookSecrets(ServersKey + "!", _ => null).Find(made));
        Assert.Null(WebhookSecrets.None.Find(made));
        Assert.Equal("a-secret-of-the-environment", Encoding.UTF8.GetString(secrets.Find(webhook with { SecretVariable = "BIFROST_WEBHOOK_A" })!));
        Assert.Null(secrets.Find(webhook with { SecretVariable = "BIFROST_WEBHOOK_SHORT" }));
        Assert.Null(secrets.Find(webhook with { SecretVariable = "BIFROST_WEBHOOK_NONE" }));
        Assert.Null(secrets.RefuseVariable("BIFROST_WEBHOOK_A"));
        Assert.NotNull(secrets.RefuseVariable("BIFROST_WEBHOOK_SHORT"));
        Assert.NotNull(secrets.RefuseVariable("BIFROST_WEBHOOK_NONE"));

        // A store that an older server wrote may still name one.
        Assert.Null(secrets.Find(webhook with { SecretVariable = "BIFROST_ADMIN_TOKEN" }));
        foreach (var other in (string[])["BIFROST_ADMIN_TOKEN", "BIFROST_WEBHOOK_", "PATH"])
            Assert.Contains("BIFROST_WEBHOOK_", secrets.RefuseVariable(other), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_the_servers_that_is_short_or_missing_stops_the_start()
    {
        foreach (var key in new[] { "short", "env.BIFROST_NO_SUCH_VARIABLE" })
        {
            var (_, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(Options(key: key).Json), _ => null);
            Assert.Contains(errors, error => error.Contains("encryption_key", StringComparison.Ordinal));
        }
    }

    private static AdminServerOptions Options(string? data = null, string? key = ServersKey) => AdminServer.Options with
    {
        DataFolder = data,
        Configuration = $$"""
            {
              "providers": { "sim": {} },
              {{(key is null ? "" : $"\"encryption_key\": \"{key}\",")}}
              "governance": { "virtual_keys": [{ "id": "hooked", "value": "{{Key}}", "allow_all_providers": true }] },
              "webhooks": [{ "name": "filed", "url": "https://example.com/hook", "secret": "{{FileSecret}}" }]
            }
            """,
    };

    private static string Body(string name, WebhookReceiver receiver) =>
        $$"""{"name":"{{name}}","url":"{{new Uri(receiver.Address, "/hook")}}","allow_private_network":true}""";

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static async Task SubmitAsync(AdminServer server, string endpoint, int status)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, JobCalls.Path))
        {
            Content = new StringContent(Requests.Body("sim/sim-echo"), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-bf-vk", Key);
        request.Headers.Add("x-bf-async-webhook", endpoint);
        using var answer = await http.SendAsync(request);
        Assert.True((int)answer.StatusCode == status, await answer.Content.ReadAsStringAsync());
    }

    private static void CheckSignature(WebhookReceiver receiver, string secret)
    {
        var told = receiver.Told[^1];
        var signed = Encoding.UTF8.GetBytes($"{told.Headers["webhook-id"]}.{told.Headers["webhook-timestamp"]}.").Concat(told.Body).ToArray();
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(WebhookSignature.KeyOf(secret)!, signed)), told.Headers["webhook-signature"]);
    }
}
