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

/// <summary>OpenAI's client for .NET and providers of other dialects behind the gateway, under a budget that holds each call at its bound.</summary>
public sealed class OpenAiNetToOthers : IAsyncLifetime
{
    private const string Key = "sk-bf-others-0123456789abcdef";
    private const string Claude = "anthropic/claude-haiku-4-5";
    private const string Gemini = "gemini/gemini-3-flash-preview";

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
                "gemini": { "network_config": { "base_url": "{{{upstream}}}" }, "keys": [{ "value": "key-of-google-0123456789" }], "send_back_raw_request": true,
                            "circuit_breaker": { "minimum_throughput": 1000000 } },
                "lenient-google": { "network_config": { "base_url": "{{{upstream}}}" }, "keys": [{ "value": "key-of-google-0123456789" }], "drop_unsupported": true,
                                    "custom_provider_config": { "base_provider_type": "gemini" } },
                "sim": { "network_config": { "base_url": "{{{upstream}}}" } }
              },
              "governance": { "virtual_keys": [{ "id": "k", "value": "{{{Key}}}", "allow_all_providers": true, "budgets": [{ "max_limit": 100, "reset_duration": "1d" }] }] },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 0, "output_cost_per_token": 0 },
                           "lenient/claude-haiku-4-5": { "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6 },
                           "lenient-google/gemini-3-flash-preview": { "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6 } }
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
        foreach (var model in (string[])[Claude, Gemini]) await IsReadAsync(model);
    }

    private async Task IsReadAsync(string model)
    {
        var client = new ChatClient(model, new ApiKeyCredential(Key), new OpenAIClientOptions
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

    /// <summary>600 tokens of prompt, 400 from a cache, 50 of output.</summary>
    [Fact]
    public async Task Costs_what_its_prices_say_and_shows_what_was_sent()
    {
        await CostsAsync(Claude, 0.00089m, "max_tokens");
        await CostsAsync(Gemini, 0.00047m, "generationConfig.maxOutputTokens");
    }

    private async Task CostsAsync(string model, decimal cost, string limit)
    {
        var (status, answer) = await PostAsync($$"""{"model":"{{model}}","max_tokens":100,"messages":[{"role":"user","content":"sim-words-1-tokens-1000-cached-400-out-50 go"}]}""", "x-bf-send-back-raw-request");
        Assert.Equal(200, status);
        Assert.Equal(cost, answer["usage"]!["cost"]!["total_cost"]!.GetValue<decimal>());
        var sent = answer["extra_fields"]!["raw_request"];
        foreach (var name in limit.Split('.')) sent = sent![name];
        Assert.Equal(100, sent!.GetValue<int>());
        Assert.Null(answer["extra_fields"]!["dropped_params"]);
    }

    [Fact]
    public async Task What_it_cannot_do_is_a_400_or_goes_to_the_next_target_or_is_dropped_and_told()
    {
        await CannotAsync(Claude, "lenient/claude-haiku-4-5");
        await CannotAsync(Gemini, "lenient-google/gemini-3-flash-preview");
    }

    private async Task CannotAsync(string model, string lenientModel)
    {
        const string rest = "\"logit_bias\":{\"1\":2},\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
        var (status, refused) = await PostAsync($$"""{"model":"{{model}}",{{rest}}}""");
        Assert.Equal((400, "unsupported_parameter", "logit_bias"), (status, refused["error"]!["type"]!.GetValue<string>(), refused["error"]!["param"]!.GetValue<string>()));
        Assert.Contains($"'{model.Split('/')[0]}'", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);

        var (fallen, answer) = await PostAsync($$"""{"model":"{{model}}","fallbacks":["sim/sim-echo"],{{rest}}}""");
        Assert.Equal((200, "sim"), (fallen, answer["extra_fields"]!["provider"]!.GetValue<string>()));

        var (dropped, lenient) = await PostAsync($$"""{"model":"{{lenientModel}}",{{rest}}}""");
        Assert.Equal(200, dropped);
        Assert.Equal(["logit_bias"], lenient["extra_fields"]!["dropped_params"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    /// <summary>What would bring more than the request tells is not let through under a budget.</summary>
    [Fact]
    public async Task What_has_no_bound_is_refused_under_a_budget()
    {
        foreach (var field in (string[])[
            "\"tools\":[{\"google_search\":{}}]", "\"tools\":[{\"type\":\"google_search\"}]", "\"cached_content\":\"cachedContents/c\"",
            "\"modalities\":[\"image\"]", "\"service_tier\":\"flex\""]) Assert.Equal((403, "field_unpriced"), await AskAsync(field));
        Assert.Equal((200, null), await AskAsync("\"safety_settings\":[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_NONE\"}]"));

        async Task<(int, string?)> AskAsync(string field)
        {
            var (status, answer) = await PostAsync($$"""{"model":"{{Gemini}}",{{field}},"max_tokens":10,"messages":[{"role":"user","content":"Hello"}]}""");
            return (status, answer["error"]?["type"]?.GetValue<string>());
        }
    }

    [Fact]
    public async Task Overload_goes_to_the_next_target()
    {
        foreach (var (model, script) in ((string, string)[])[(Claude, "sim-529"), (Gemini, "sim-503")])
        {
            var (status, answer) = await PostAsync($$"""{"model":"{{model}}","fallbacks":["sim/sim-echo"],"max_tokens":10,"messages":[{"role":"user","content":"{{script}} go"}]}""");
            Assert.Equal((200, "sim"), (status, answer["extra_fields"]!["provider"]!.GetValue<string>()));
        }
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
