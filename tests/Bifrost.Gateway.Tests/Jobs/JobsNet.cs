using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>OpenAI's own client for .NET submits and polls by header: it reads the id and the headers, since it throws on empty choices.</summary>
[Collection<SharedGateway>]
public class JobsNet(RunningGateway gateway)
{
    private ChatClient Client(string model, params (string Name, string Value)[] headers)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(gateway.Address, "/openai/v1"), RetryPolicy = new ClientRetryPolicy(3) };
        options.AddPolicy(new Headers(headers), PipelinePosition.PerCall);
        return new ChatClient(model, new ApiKeyCredential(RunningGateway.OpenKey), options);
    }

    [Fact]
    public async Task Submits_and_polls()
    {
        var submitted = await Client("sim/sim-echo", ("x-bf-async", "true")).CompleteChatAsync(new UserChatMessage("Hello"));
        var id = submitted.Value.Id;
        Assert.Equal(id, Header(submitted, "x-bf-async-id"));
        Assert.Equal("pending", Header(submitted, "x-bf-async-status"));
        var polled = await Client("sim/sim-echo", ("x-bf-async-id", id), ("Prefer", "wait=20")).CompleteChatAsync(new UserChatMessage("ignored"));
        Assert.Equal("completed", Header(polled, "x-bf-async-status"));
        Assert.Equal("Hello", polled.Value.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, polled.Value.FinishReason);
    }

    [Fact]
    public async Task Throws_the_error_of_a_failed_job_once()
    {
        var id = (await Client("sim/sim-503", ("x-bf-async", "true")).CompleteChatAsync(new UserChatMessage("Hello"))).Value.Id;
        await gateway.JobEndedAsync(id);
        var thrown = await Assert.ThrowsAsync<ClientResultException>(
            () => Client("sim/sim-503", ("x-bf-async-id", id)).CompleteChatAsync(new UserChatMessage("Hello")));
        Assert.Equal(503, thrown.Status);
    }

    private static string? Header(ClientResult<ChatCompletion> result, string name) =>
        result.GetRawResponse().Headers.TryGetValue(name, out var value) ? value : null;

    private sealed class Headers((string Name, string Value)[] headers) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            foreach (var (name, value) in headers) message.Request.Headers.Set(name, value);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            foreach (var (name, value) in headers) message.Request.Headers.Set(name, value);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
