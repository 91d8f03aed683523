using System.Text.Json;
using System.Text.RegularExpressions;
using Bifrost.Admin.Http;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Admin.Tests.Description;

/// <summary><c>/openapi.json</c> says what the server does: every route, and answers that are as described.</summary>
public sealed partial class DescribedAdminRoutes(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private AdminServer Server => fixture.Server;

    [Fact]
    public async Task Every_admin_route_is_described_and_nothing_else_is()
    {
        var document = await DocumentAsync();
        var served = Server.Services.GetServices<IAdminRoutes>().SelectMany(static routes => routes.Routes)
            .Select(static route => $"{route.Method} {Parameter().Replace(route.Template, "{}")}").Order(StringComparer.Ordinal);
        var described = Operations(document).Where(static one => one.Path.StartsWith("/api/", StringComparison.Ordinal) || one.Path == "/metrics")
            .Select(static one => $"{one.Method} {Parameter().Replace(one.Path, "{}")}").Order(StringComparer.Ordinal);
        Assert.Equal(served, described);
    }

    [Fact]
    public async Task Every_described_path_is_served_with_the_methods_that_are_described()
    {
        foreach (var (path, method, _) in Operations(await DocumentAsync()))
        {
            var answer = await Server.SendAsync(new HttpMethod(method), Parameter().Replace(path, "00000000-0000-0000-0000-000000000000"), method == "GET" ? null : "{}", null);
            Assert.True(answer.Status is not (405 or 500), $"{method} {path}: {answer.Body}");
            Assert.False(answer.Status == 404 && answer.Body.Contains("There is nothing at", StringComparison.Ordinal), $"{method} {path}: {answer.Body}");
        }
    }

    [Fact]
    public async Task The_page_that_shows_it_has_its_script_from_here_alone()
    {
        var page = await Server.GetAsync("/docs", null);
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Headers["Content-Type"]));
        Assert.DoesNotContain("//", page.Body, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; script-src 'self';", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        var script = await Server.GetAsync("/docs/scalar.js", null);
        Assert.Equal((200, "text/javascript; charset=utf-8"), (script.Status, script.Headers["Content-Type"]));
        Assert.Contains("api-reference", script.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_example_is_as_its_schema_says()
    {
        var document = await DocumentAsync();
        var check = new SchemaCheck(document);
        var examples = 0;
        foreach (var (path, method, operation) in Operations(document))
        {
            foreach (var (where, content) in Contents(operation, check))
            {
                if (!content.TryGetProperty("example", out var example)) continue;
                examples++;
                Assert.True(check.Find(content.GetProperty("schema"), example) is [], $"{method} {path} {where}: {string.Join('\n', check.Find(content.GetProperty("schema"), example))}");
            }
        }

        Assert.InRange(examples, 15, int.MaxValue);
    }

    [Fact]
    public async Task Every_error_type_is_described()
    {
        var described = (await DocumentAsync()).GetProperty("components").GetProperty("schemas").GetProperty("GatewayErrorType").GetProperty("enum")
            .EnumerateArray().Select(static word => word.GetString()!);
        var known = typeof(ErrorTypes).GetFields().Select(static field => (string)field.GetRawConstantValue()!).Append("internal_error");
        Assert.Equal(known.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Answers_are_as_they_are_described()
    {
        var document = await DocumentAsync();
        var check = new SchemaCheck(document);
        await MakeOfEachAsync(check, document);
        var looked = 0;
        foreach (var (path, method, _) in Operations(document))
        {
            if (method != "GET" || path.Contains('{', StringComparison.Ordinal) || !path.StartsWith("/api/", StringComparison.Ordinal)) continue;
            if (path.EndsWith("/quota", StringComparison.Ordinal)) continue;
            Fits(check, document, path, "get", await Server.GetAsync(path));
            looked++;
        }

        Assert.InRange(looked, 15, int.MaxValue);
        Fits(check, document, "/api/providers/{name}", "get", await Server.GetAsync("/api/providers/sim"));
        Fits(check, document, "/api/governance/teams/{id}", "get", await Server.GetAsync("/api/governance/teams/nobody"));
        Fits(check, document, "/api/audit", "get", await Server.GetAsync("/api/audit", "wrong"));
        Fits(check, document, "/api/governance/teams", "post", await Server.PostAsync("/api/governance/teams", """{"name":7}"""));
    }

    /// <summary>One of everything, so that no list is empty.</summary>
    private async Task MakeOfEachAsync(SchemaCheck check, JsonElement document)
    {
        const string limits = """ "budgets":[{"max_limit":5,"reset_duration":"1d"}],"rate_limit":{"token_max_limit":1000000,"token_reset_duration":"1h"} """;
        var team = await MadeAsync("/api/governance/teams", $$"""{"name":"described",{{limits}}}""");
        await MadeAsync("/api/governance/customers", $$"""{"name":"described",{{limits}}}""");
        await MadeAsync("/api/governance/model-configs", $$"""{"model_name":"described",{{limits}}}""");
        await MadeAsync("/api/admin-tokens", """{"name":"described","role":"viewer"}""");
        Fits(check, document, "/api/governance/providers/{name}", "put", await Server.PutAsync("/api/governance/providers/sim", $$"""{ {{limits}} }"""));
        Fits(check, document, "/api/pricing", "put", await Server.PutAsync("/api/pricing", """{"sim/described":{"input_cost_per_token":1e-6,"output_cost_per_token":1e-6}}"""));
        var id = team.Json.GetProperty("team").GetProperty("id").GetString();
        var key = await MadeAsync(
            "/api/governance/virtual-keys", $$"""{"name":"described","team_id":"{{id}}","allow_all_providers":true,"provider_configs":[{"provider":"sim",{{limits}}}],{{limits}}}""");
        var secret = key.Json.GetProperty("virtual_key").GetProperty("value").GetString()!;
        Fits(check, document, "/api/governance/virtual-keys/quota", "get", await Server.GetAsync("/api/governance/virtual-keys/quota", secret));
        var call = Requests.Body("sim/sim-echo", "\"max_tokens\":10");
        Fits(check, document, "/v1/chat/completions", "post", await Server.PostAsync("/v1/chat/completions", call, secret));
        Fits(check, document, "/v1/chat/completions", "post", await Server.PostAsync("/v1/chat/completions", "{}", secret));
        Fits(check, document, "/v1/models", "get", await Server.GetAsync("/v1/models", secret));
        Fits(check, document, "/health/ready", "get", await Server.GetAsync("/health/ready", null));
        var job = await Server.PostAsync("/v1/async/chat/completions", call, secret);
        Fits(check, document, "/v1/async/chat/completions", "post", job);
        Fits(check, document, "/v1/async/jobs", "get", await Server.GetAsync("/v1/async/jobs", secret));
        var done = await Server.GetAsync($"/v1/async/chat/completions/{job.Json.GetProperty("id").GetString()}?wait=30", secret);
        Fits(check, document, "/v1/async/chat/completions/{job_id}", "get", done);
        Fits(check, document, "/api/jobs/{id}", "get", await Server.GetAsync($"/api/jobs/{job.Json.GetProperty("id").GetString()}"));

        async Task<Answer> MadeAsync(string path, string body)
        {
            var answer = await Server.PostAsync(path, body);
            Assert.True(answer.Status == 200, answer.Body);
            Fits(check, document, path, "post", answer);
            return answer;
        }
    }

    private static void Fits(SchemaCheck check, JsonElement document, string path, string method, Answer answer)
    {
        var responses = document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
        Assert.True(responses.TryGetProperty(answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), out var response), $"{method} {path} answered {answer.Status}: {answer.Body}");
        var schema = check.Resolve(response).GetProperty("content").GetProperty("application/json").GetProperty("schema");
        var wrong = check.Find(schema, answer.Json);
        Assert.True(wrong.Count == 0, $"{method} {path} {answer.Status}:\n{string.Join('\n', wrong)}\n{answer.Body}");
    }

    private static IEnumerable<(string Where, JsonElement Content)> Contents(JsonElement operation, SchemaCheck check)
    {
        if (operation.TryGetProperty("requestBody", out var body)) yield return ("request", body.GetProperty("content").GetProperty("application/json"));
        foreach (var response in operation.GetProperty("responses").EnumerateObject())
        {
            if (check.Resolve(response.Value).TryGetProperty("content", out var contents))
                foreach (var content in contents.EnumerateObject()) yield return (response.Name, content.Value);
        }
    }

    private static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (path.Name, operation.Name.ToUpperInvariant(), operation.Value);

    private async Task<JsonElement> DocumentAsync()
    {
        var answer = await Server.GetAsync("/openapi.json", null);
        Assert.Equal((200, "application/json"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Equal("3.1.0", answer.Json.GetProperty("openapi").GetString());
        return answer.Json;
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
