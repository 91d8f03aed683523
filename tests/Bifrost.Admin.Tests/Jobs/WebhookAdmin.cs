using System.Text.Json;

namespace Bifrost.Admin.Tests.Jobs;

/// <summary><c>/api/webhooks</c>: what an operator sees of an endpoint that is away.</summary>
public class WebhookAdmin
{
    private const string Key = "sk-bf-webhook-0123456789abcdef";
    private const string Secret = "a-secret-of-a-webhook-0123456789";

    private static readonly AdminServerOptions s_options = AdminServer.Options with
    {
        Configuration = $$"""
            {
              "providers": { "sim": {} },
              "governance": { "virtual_keys": [{ "id": "hooked", "value": "{{Key}}", "allow_all_providers": true }] },
              "webhooks": [{ "name": "away", "url": "http://127.0.0.1:1/hook", "secret": "{{Secret}}", "allow_private_network": true }]
            }
            """,
    };

    [Fact]
    public async Task Endpoints_and_deliveries_are_listed_without_secrets_and_sending_again_is_audited()
    {
        await using var server = await AdminServer.StartAsync(s_options);
        var endpoints = await server.GetAsync("/api/webhooks");
        Assert.Equal("away", Assert.Single(endpoints.Json.GetProperty("webhooks").EnumerateArray()).GetProperty("name").GetString());
        Assert.DoesNotContain(Secret, endpoints.Body, StringComparison.Ordinal);

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, JobCalls.Path)) { Content = new StringContent(Requests.Body("sim/sim-echo")) };
        request.Headers.Add("x-bf-vk", Key);
        request.Headers.Add("x-bf-async-webhook", "away");
        request.Content.Headers.ContentType = new("application/json");
        using var submitted = await http.SendAsync(request);
        var job = JsonDocument.Parse(await submitted.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();

        var deliveries = await Eventually.UntilAsync(
            async () => (await server.GetAsync($"/api/webhooks/deliveries?endpoint=away&job_id={job}")).Json.GetProperty("deliveries"),
            page => page.GetArrayLength() == 1 && page[0].GetProperty("last_error").ValueKind == JsonValueKind.String,
            page => page.GetRawText());
        var delivery = deliveries[0];
        Assert.Equal(("async_job.completed", 1), (delivery.GetProperty("event").GetString(), delivery.GetProperty("attempts").GetInt32()));
        Assert.Equal(0, (await server.GetAsync("/api/webhooks/deliveries?endpoint=other")).Json.GetProperty("count").GetInt32());
        (await server.GetAsync("/api/webhooks/deliveries?job_id=x")).IsError(400, "invalid_request_error");
        var id = delivery.GetProperty("id").GetString();
        Assert.Equal(200, (await server.PostAsync($"/api/webhooks/deliveries/{id}/redeliver")).Status);
        Assert.Contains("\"redeliver\"", (await server.GetAsync("/api/audit")).Body, StringComparison.Ordinal);
        (await server.PostAsync("/api/webhooks/deliveries/0198c0de-0000-7000-8000-000000000000/redeliver")).IsError(404, "not_found");
    }
}
