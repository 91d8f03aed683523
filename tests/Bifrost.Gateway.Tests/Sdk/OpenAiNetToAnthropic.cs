using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Bifrost.Server.Composition;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;
using OpenAI;
using OpenAI.Chat;

namespace Bifrost.Gateway.Tests.Sdk;

/// <summary>OpenAI's client for .NET and Anthropic's messages behind the gateway, under a budget that holds each call at its bound.</summary>
public sealed class OpenAiNetToAnthropic : IAsyncLifetime
{
    private const string Key = "sk-bf-claude-0123456789abcdef";
    private const string Model = "anthropic/claude-haiku-4-5";

    private static readonly ChatTool s_tool =
        ChatTool.CreateFunctionTool("lookup", "Looks up.", BinaryData.FromString("""{"type":"object","properties":{"query":{"type":"string"}}}"""));

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 100 });
    private readonly HttpClient _http = new();
    private GatewayServer? _server;

    public async ValueTask InitializeAsync()
    {
        await _simulator.StartAsync();
        var upstream = SimulatorHost.AddressOf(_simulator);
        _server = await RunningGateway.StartAsync($$$"""
            {
              "providers": {
                "anthropic": { "network_config": { "base_url": "{{{upstream}}}" }, "keys": [{ "value": "sk-ant-secret-0123456789" }], "send_back_raw_request": true,
                               "circuit_breaker": { "minimum_throughput": 1000000 } },
                "lenient": { "network_config": { "base_url": "{{{upstream}}}" }, "keys": [{ "value": "sk-ant-secret-0123456789" }], "drop_unsupported": true,
                             "custom_provider_config": { "base_provider_type": "anthropic" } },
                "sim": { "network_config": { "base_url": "{{{upstream}}}" } }
              },
              "governance": { "virtual_keys": [{ "id": "k", "value": "{{{Key}}}", "allow_all_providers": true, "budgets": [{ "max_limit": 100, "reset_duration": "1d" }] }] },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 0, "output_cost_per_token": 0 },
                           "lenient/claude-haiku-4-5": { "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6 } }
            }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Is_read_plain_and_streamed_with_tools_thinking_and_usage()
    {
        var client = new ChatClient(Model, new ApiKeyCredential(Key), new OpenAIClientOptions
        {
            Endpoint = new Uri(_server!.Address, "/openai/v1"), RetryPolicy = new ClientRetryPolicy(0),
        });
        ChatCompletion plain = await client.CompleteChatAsync(new UserChatMessage("sim-words-3-cached-2-tokens-9 go"));
        Assert.Equal("w000000 w000001 w000002 ", plain.Content[0].Text);
        Assert.Equal((9, 2, ChatFinishReason.Stop), (plain.Usage.InputTokenCount, plain.Usage.InputTokenDetails.CachedTokenCount, plain.FinishReason));

        var text = "";
        ChatTokenUsage? usage = null;
        await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage("sim-words-3-reasoning-4-tokens-9 go")))
        {
            foreach (var part in update.ContentUpdate) text += part.Text;
            usage = update.Usage ?? usage;
        }

        Assert.Equal("w000000 w000001 w000002 ", text);
        Assert.Equal((9, 4), (usage!.InputTokenCount, usage.OutputTokenDetails.ReasoningTokenCount));

        var options = new ChatCompletionOptions { Tools = { s_tool } };
        ChatCompletion calling = await client.CompleteChatAsync([new UserChatMessage("sim-tools-2 go")], options);
        Assert.Equal(ChatFinishReason.ToolCalls, calling.FinishReason);
        Assert.Equal(["lookup", "lookup"], calling.ToolCalls.Select(call => call.FunctionName));
        Assert.Equal("""{"query":"simulated"}""", calling.ToolCalls[1].FunctionArguments.ToString());

        var arguments = new Dictionary<int, string>();
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("sim-tools-2 go")], options))
            foreach (var part in update.ToolCallUpdates)
                arguments[part.Index] = arguments.GetValueOrDefault(part.Index) + part.FunctionArgumentsUpdate?.ToString();
        Assert.Equal(["""{"query":"simulated"}""", """{"query":"simulated"}"""], arguments.Values);

        // The answer of the tools goes back, and is taken.
        var history = new List<ChatMessage> { new UserChatMessage("sim-tools-2 go"), new AssistantChatMessage(calling) };
        foreach (var call in calling.ToolCalls) history.Add(new ToolChatMessage(call.Id, "found"));
        history.Add(new UserChatMessage("sim-words-1 and now"));
        ChatCompletion after = await client.CompleteChatAsync(history, options);
        Assert.Equal("w000000 ", after.Content[0].Text);
    }

    [Fact]
    public async Task Costs_what_its_prices_say_and_shows_what_was_sent()
    {
        var (status, answer) = await PostAsync($$"""{"model":"{{Model}}","max_tokens":100,"messages":[{"role":"user","content":"sim-words-1-tokens-1000-cached-400-out-50 go"}]}""", "x-bf-send-back-raw-request");
        Assert.Equal(200, status);

        // 600 at 1, 400 at 0.1, 50 at 5 USD a million.
        Assert.Equal(0.00089m, answer["usage"]!["cost"]!["total_cost"]!.GetValue<decimal>());
        Assert.Equal("claude-haiku-4-5", answer["extra_fields"]!["raw_request"]!["model"]!.GetValue<string>());
        Assert.Equal(100, answer["extra_fields"]!["raw_request"]!["max_tokens"]!.GetValue<int>());
        Assert.Null(answer["extra_fields"]!["dropped_params"]);
    }

    [Fact]
    public async Task What_it_cannot_do_is_a_400_or_goes_to_the_next_target_or_is_dropped_and_told()
    {
        const string rest = "\"seed\":7,\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
        var (status, refused) = await PostAsync($$"""{"model":"{{Model}}",{{rest}}}""");
        Assert.Equal((400, "unsupported_parameter", "seed"), (status, refused["error"]!["type"]!.GetValue<string>(), refused["error"]!["param"]!.GetValue<string>()));
        Assert.Contains("'anthropic'", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);

        var (fallen, answer) = await PostAsync($$"""{"model":"{{Model}}","fallbacks":["sim/sim-echo"],{{rest}}}""");
        Assert.Equal((200, "sim"), (fallen, answer["extra_fields"]!["provider"]!.GetValue<string>()));

        var (dropped, lenient) = await PostAsync($$"""{"model":"lenient/claude-haiku-4-5",{{rest}}}""");
        Assert.Equal(200, dropped);
        Assert.Equal(["seed"], lenient["extra_fields"]!["dropped_params"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    [Fact]
    public async Task Overload_goes_to_the_next_target()
    {
        var (status, answer) = await PostAsync($$"""{"model":"{{Model}}","fallbacks":["sim/sim-echo"],"max_tokens":10,"messages":[{"role":"user","content":"sim-529 go"}]}""");
        Assert.Equal((200, "sim"), (status, answer["extra_fields"]!["provider"]!.GetValue<string>()));
    }

    private async Task<(int Status, JsonNode Answer)> PostAsync(string body, string? flag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server!.Address, "/v1/chat/completions"))
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", Key);
        if (flag is not null) request.Headers.Add(flag, "true");
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!);
    }
}
