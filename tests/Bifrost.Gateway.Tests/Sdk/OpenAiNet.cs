using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;

namespace Bifrost.Gateway.Tests.Sdk;

/// <summary>OpenAI's own client for .NET, pointed at the gateway and nothing else changed.</summary>
[Collection<SharedGateway>]
public class OpenAiNet(RunningGateway gateway)
{
    private static readonly UserChatMessage s_hello = new("Hello");

    private ChatClient Client(string model, string key = RunningGateway.OpenKey, int retries = 0) => new(
        model, new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = new Uri(gateway.Address, "/openai/v1"), RetryPolicy = new ClientRetryPolicy(retries) });

    [Fact]
    public async Task Completes()
    {
        ChatCompletion completion = await Client("sim/sim-echo").CompleteChatAsync(s_hello);
        Assert.Equal("Hello", completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.True(completion.Usage.TotalTokenCount > 0);
    }

    [Fact]
    public async Task Streams_and_reports_usage()
    {
        var text = "";
        var usage = 0;
        await foreach (var update in Client("sim/sim-words-5").CompleteChatStreamingAsync(s_hello))
        {
            foreach (var part in update.ContentUpdate) text += part.Text;
            usage += update.Usage?.TotalTokenCount ?? 0;
        }

        Assert.Equal("w000000 w000001 w000002 w000003 w000004 ", text);
        Assert.True(usage > 0);
    }

    [Fact]
    public async Task Gets_tool_calls_plain_and_streamed()
    {
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("lookup", "Looks up.", BinaryData.FromString("""{"type":"object","properties":{"query":{"type":"string"}}}""")) } };
        ChatCompletion completion = await Client("sim/sim-tools").CompleteChatAsync([s_hello], options);
        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        var call = Assert.Single(completion.ToolCalls);
        Assert.Equal(("lookup", """{"query":"simulated"}"""), (call.FunctionName, call.FunctionArguments.ToString()));

        var streamed = "";
        await foreach (var update in Client("sim/sim-tools").CompleteChatStreamingAsync([s_hello], options))
            foreach (var part in update.ToolCallUpdates) streamed += part.FunctionArgumentsUpdate?.ToString();
        Assert.Equal("""{"query":"simulated"}""", streamed);
    }

    [Fact]
    public async Task Gets_logprobs()
    {
        ChatCompletion completion = await Client("sim/sim").CompleteChatAsync([s_hello], new ChatCompletionOptions { IncludeLogProbabilities = true, TopLogProbabilityCount = 2 });
        Assert.NotEmpty(completion.ContentTokenLogProbabilities);
    }

    [Theory]
    [InlineData("sim/sim-echo", "sk-bf-unknown", 403)]
    [InlineData("sim/sim-echo", "dummy", 401)]
    [InlineData("sim/sim-400", RunningGateway.OpenKey, 400)]
    [InlineData("sim/sim-429", RunningGateway.OpenKey, 429)]
    [InlineData("sim/sim-503", RunningGateway.OpenKey, 503)]
    [InlineData("sim/sim-nonsense-clause", RunningGateway.OpenKey, 404)]
    [InlineData("sim/sim-echo", RunningGateway.PoorKey, 402)]
    public async Task Throws_with_the_status_of_each_error(string model, string key, int status)
    {
        var thrown = await Assert.ThrowsAsync<ClientResultException>(() => Client(model, key).CompleteChatAsync(s_hello));
        Assert.Equal(status, thrown.Status);
    }

    [Fact]
    public async Task Its_retries_meet_the_upstream_again()
    {
        var model = RunningGateway.Tagged("sim-first-2-503");
        ChatCompletion completion = await Client($"sim/{model}", retries: 3).CompleteChatAsync(s_hello);
        Assert.NotEmpty(completion.Content[0].Text);
        Assert.Equal(3, (await gateway.BillOfAsync(model)).Count);
    }

    [Fact]
    public async Task Retries_inside_the_gateway_stay_out_of_its_sight()
    {
        var model = RunningGateway.Tagged("sim-first-2-503");
        ChatCompletion completion = await Client($"twice/{model}").CompleteChatAsync(s_hello);
        Assert.NotEmpty(completion.Content[0].Text);
        Assert.Equal(3, (await gateway.BillOfAsync(model)).Count);
    }

    [Fact]
    public async Task Leaving_a_stream_lets_the_upstream_end_its_account()
    {
        var model = RunningGateway.Tagged("sim-paced-20x20ms");
        await foreach (var update in Client($"sim/{model}").CompleteChatStreamingAsync(s_hello))
        {
            if (update.ContentUpdate.Count > 0) break;
        }

        Assert.Equal("completed", (await gateway.EndedAsync(model)).GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("sim-words-5-cut-after-3")]
    [InlineData("sim-words-5-reset-after-3")]
    [InlineData("sim-words-5-stall-after-3")]
    [InlineData("sim-words-5-no-done")]
    public async Task Never_takes_a_broken_stream_for_a_whole_one(string model)
    {
        var thrown = await Record.ExceptionAsync(async () =>
        {
            await foreach (var _ in Client($"idle-2s/{RunningGateway.Tagged(model)}").CompleteChatStreamingAsync(s_hello)) { }
        });
        Assert.NotNull(thrown);
    }

    [Fact]
    public async Task Lists_models()
    {
        var client = new OpenAIClient(new ApiKeyCredential(RunningGateway.OpenKey), new OpenAIClientOptions { Endpoint = new Uri(gateway.Address, "/openai/v1") }).GetOpenAIModelClient();
        var models = (await client.GetModelsAsync()).Value;
        Assert.Contains(models, model => model.Id == "sim/sim-echo");
        Assert.Equal("openai/gpt-4o", (await client.GetModelAsync("openai/gpt-4o")).Value.Id);
    }
}
