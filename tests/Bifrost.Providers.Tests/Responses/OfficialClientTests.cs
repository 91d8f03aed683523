using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using Bifrost.Providers.Tests.Shared;
using OpenAI.Responses;

namespace Bifrost.Providers.Tests.Responses;

/// <summary>OpenAI's own client reads what the scripted upstream sends: what was tested against it is right.</summary>
public class OfficialClientTests(SimulatorFixture simulator)
{
    private ResponsesClient Client => new(
        new ApiKeyCredential("sk-0123456789"), new ResponsesClientOptions { Endpoint = new Uri(simulator.Address, "/v1"), RetryPolicy = new ClientRetryPolicy(0) });

    [Fact]
    public async Task Reads_a_whole_response()
    {
        ResponseResult response = await Client.CreateResponseAsync(Asking("sim-words-3-reasoning-4-cached-2-tokens-9 go"), TestContext.Current.CancellationToken);
        Assert.Equal(("w000000 w000001 w000002 ", ResponseStatus.Completed), (response.GetOutputText(), response.Status));
        Assert.Equal("First the simulator thinks.", Assert.Single(response.OutputItems.OfType<ReasoningResponseItem>()).GetSummaryText());
        Assert.Equal((9, 2), (response.Usage.InputTokenCount, response.Usage.InputTokenDetails.CachedTokenCount));

        response = await Client.CreateResponseAsync(Asking("sim-tools-2 go", withTool: true), TestContext.Current.CancellationToken);
        var calls = response.OutputItems.OfType<FunctionCallResponseItem>().ToArray();
        Assert.Equal(["lookup", "lookup"], calls.Select(call => call.FunctionName));
        Assert.Equal(2, calls.Select(call => call.CallId).Distinct().Count());
        Assert.All(calls, call => Assert.Equal("""{"query":"simulated"}""", call.FunctionArguments.ToString()));

        response = await Client.CreateResponseAsync(Asking("sim-citations go"), TestContext.Current.CancellationToken);
        var annotation = Assert.Single(response.OutputItems.OfType<MessageResponseItem>().Single().Content[0].OutputTextAnnotations);
        Assert.Equal("https://example.com/a", Assert.IsType<UriCitationMessageAnnotation>(annotation).Uri.ToString());
    }

    [Fact]
    public async Task Reads_a_stream()
    {
        var text = new StringBuilder();
        var arguments = new StringBuilder();
        var ends = 0;
        foreach (var (script, withTool) in ((string, bool)[])[("sim-words-3-reasoning-4 go", false), ("sim-tools-2 go", true), ("sim-words-2-crlf-comments go", false)])
        {
            var options = Asking(script, withTool);
            options.StreamingEnabled = true;
            await foreach (var update in await Client.CreateResponseStreamingAsync(options, TestContext.Current.CancellationToken))
            {
                if (update is StreamingResponseOutputTextDeltaUpdate delta) text.Append(delta.Delta);
                if (update is StreamingResponseFunctionCallArgumentsDeltaUpdate piece) arguments.Append(piece.Delta);
                if (update is StreamingResponseCompletedUpdate completed) ends += completed.Response.Usage.TotalTokenCount > 0 ? 1 : 0;
            }
        }

        Assert.Equal("w000000 w000001 w000002 w000000 w000001 ", text.ToString());
        Assert.Equal("""{"query":"simulated"}{"query":"simulated"}""", arguments.ToString());
        Assert.Equal(3, ends);
    }

    [Fact]
    public async Task Reads_an_error()
    {
        var thrown = await Assert.ThrowsAsync<ClientResultException>(() => Client.CreateResponseAsync(Asking("sim-429 go"), TestContext.Current.CancellationToken));
        Assert.Equal(429, thrown.Status);
    }

    private static CreateResponseOptions Asking(string said, bool withTool = false)
    {
        var options = new CreateResponseOptions { Model = "gpt-6.2-sol" };
        options.InputItems.Add(ResponseItem.CreateUserMessageItem(said));
        if (withTool)
            options.Tools.Add(ResponseTool.CreateFunctionTool("lookup", BinaryData.FromString("""{"type":"object","properties":{}}"""), strictModeEnabled: false));
        return options;
    }
}
