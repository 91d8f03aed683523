using System.Text;
using System.Text.Json;
using Bifrost.Server.Composition;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>
/// A gateway of its own before an upstream of bytes: the provider <c>raw</c>. The provider <c>good</c> beside it always answers.
/// </summary>
internal sealed class RawGateway : IAsyncDisposable
{
    public const string Fallback = "\"fallbacks\":[\"good/sim-echo\"]";

    private readonly RunningGateway _gateway;
    private readonly RawUpstream _upstream;
    private readonly GatewayServer _server;

    private RawGateway(RunningGateway gateway, RawUpstream upstream, GatewayServer server) =>
        (_gateway, _upstream, _server) = (gateway, upstream, server);

    /// <param name="gateway">Whose simulator is the provider <c>good</c>.</param>
    /// <param name="upstream">The provider <c>raw</c>; disposed with the gateway.</param>
    /// <param name="providers">JSON of others, each with a comma behind it.</param>
    public static async Task<RawGateway> StartAsync(RunningGateway gateway, RawUpstream upstream, string providers = "")
    {
        var configuration = RunningGateway.Configuration(gateway.Simulator).Replace("\"providers\": {", $$$"""
            "providers": { {{{providers}}}
              "raw": { "network_config": { "base_url": "{{{upstream.Address}}}" }, "keys": [{ "value": "raw-secret-0123456789" }],
                       "custom_provider_config": { "base_provider_type": "openai" }, "circuit_breaker": { "minimum_throughput": 1000000 } },
              "good": { "network_config": { "base_url": "{{{gateway.Simulator}}}" }, "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true } },
            """, StringComparison.Ordinal);
        return new RawGateway(gateway, upstream, await RunningGateway.StartAsync(configuration));
    }

    public Task<Answer> ChatAsync(bool stream, string extra = "", string model = "raw/m") => PostAsync(
        Requests.Chat, Requests.Body(model, string.Join(',', new[] { stream ? "\"stream\":true" : "", extra }.Where(part => part.Length > 0))));

    /// <summary>The end of a job that asks the same.</summary>
    public async Task<JsonElement> JobAsync(string model = "raw/m")
    {
        var id = JobCalls.IdOf(await PostAsync(JobCalls.Path, Requests.Body(model)));
        var ended = await Eventually.UntilAsync(
            () => _gateway.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Address, $"{JobCalls.Path}/{id}?wait=10")), ("x-bf-vk", RunningGateway.OpenKey)),
            answer => answer.Status != 202, answer => answer.Body);
        return ended.Json;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private Task<Answer> PostAsync(string path, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return _gateway.SendAsync(request, ("x-bf-vk", RunningGateway.OpenKey));
    }
}
