using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Simulator;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>A file with every known provider starts, and each is called, plain and streamed, by an upstream that takes what that provider takes.</summary>
public class Providers
{
    private static readonly (string Name, string Path)[] s_family =
    [
        ("openai", ""), ("mistral", ""), ("groq", "/openai"), ("xai", ""), ("deepseek", ""), ("together", ""), ("fireworks", "/inference"), ("openrouter", "/api"),
        ("cerebras", ""), ("nebius", ""), ("ollama", ""), ("vllm", ""), ("sgl", ""), ("perplexity", ""),
    ];

    [Fact]
    public async Task Of_one_file_are_all_called()
    {
        await using var simulator = SimulatorHost.Create(new SimulatorOptions());
        await simulator.StartAsync(TestContext.Current.CancellationToken);
        var at = SimulatorHost.AddressOf(simulator).AbsoluteUri.TrimEnd('/');
        var family = s_family.Select(one => $$"""
            "{{one.Name}}": { "keys": [{ "name": "{{one.Name}}", "value": "k", "models": ["*"], "weight": 1 }], "network_config": { "base_url": "{{at}}/as/{{one.Name}}{{one.Path}}" } }
            """);
        await using var server = await RunningGateway.StartAsync($$"""
            { "providers": { {{string.Join(",", family)}},
                "anthropic": { "keys": [{ "value": "k" }], "network_config": { "base_url": "{{at}}" } },
                "azure": { "keys": [
                  { "name": "dated", "value": "k", "azure_key_config": { "endpoint": "{{at}}", "deployments": { "gpt-4o": "sim" }, "api_version": "2025-04-01-preview" } },
                  { "name": "v1", "value": "k", "azure_key_config": { "endpoint": "{{at}}", "deployments": { "gpt-4o": "sim" }, "api_version": "v1" } }] } },
              "governance": { "virtual_keys": [{ "id": "open", "value": "{{RunningGateway.OpenKey}}", "allow_all_providers": true }] } }
            """);
        using var http = new HttpClient { BaseAddress = server.Address, Timeout = Eventually.Limit };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningGateway.OpenKey);
        foreach (var model in s_family.Select(one => one.Name + "/sim").Concat(["anthropic/claude-sonnet-5", "azure/gpt-4o", "azure/gpt-4o", "openai/gpt-6.2-sol"]))
        {
            foreach (var stream in (bool[])[false, true])
            {
                var tools = model.StartsWith("openai/gpt-6", StringComparison.Ordinal) ? ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]" : "";
                var body = $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"max_completion_tokens":50,"messages":[{"role":"user","content":"sim-echo"}]{{tools}} }""";
                using var answer = await http.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{model}: {text}");
                if (stream) Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
                else Assert.True(JsonNode.Parse(text)!["usage"]!["completion_tokens"]!.GetValue<int>() > 0, $"{model}: {text}");
                if (model.StartsWith("openai/gpt-6", StringComparison.Ordinal)) Assert.Contains("\"id\":\"resp_", text, StringComparison.Ordinal);
                if (model == "azure/gpt-4o" && !stream) Assert.Equal("sim", JsonNode.Parse(text)!["extra_fields"]!["model_deployment"]!.GetValue<string>());
            }
        }
    }
}
