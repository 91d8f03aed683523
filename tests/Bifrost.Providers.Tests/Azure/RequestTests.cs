using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Edits;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Azure;

/// <summary>What a resource receives; it refuses other paths, versions and credentials.</summary>
public class RequestTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dated_version_names_the_deployment_in_its_path(bool stream)
    {
        var (headers, body, reply) = await SentAsync(Deployed.ResourceAt(simulator.Address, "2024-10-21", ("gpt-4o", "sim")), Tries.Call("gpt-4o", stream));
        Assert.Equal("secret-of-provider", headers["api-key"]);
        Assert.False(headers.ContainsKey("authorization"));
        Assert.Equal("gpt-4o", body["model"]!.GetValue<string>());
        Assert.Equal("sim", reply.Deployment);
    }

    [Fact]
    public async Task A_model_without_a_deployment_of_another_name_is_called_by_its_own() =>
        Assert.Equal("sim", (await SentAsync(Deployed.ResourceAt(simulator.Address), Tries.Call("sim"))).Reply.Deployment);

    [Fact]
    public async Task Of_v1_the_body_names_the_deployment()
    {
        const string body = """{ "x":[{"model":"no"}], "model" : "azure/gpt-4o" ,"messages":[{"role":"user","content":"Hi"}]}""";
        var call = Tries.Call("gpt-4o") with
        {
            Body = Encoding.UTF8.GetBytes(body),
            Edits = [new Edit(body.IndexOf("azure/", StringComparison.Ordinal), "azure/".Length, default)],
        };
        var (_, sent, _) = await SentAsync(Deployed.ResourceAt(simulator.Address, "v1", ("gpt-4o", "sim")), call);
        Assert.Equal("""{"x":[{"model":"no"}],"model":"sim","messages":[{"role":"user","content":"Hi"}]}""", sent.ToJsonString());
    }

    [Fact]
    public async Task Headers_of_OpenAI_stay_here()
    {
        var call = Tries.Call("sim") with { Headers = [new Header("openai-organization", "o"), new Header("openai-project", "p"), new Header("traceparent", "t")] };
        var (headers, _, _) = await SentAsync(Deployed.ResourceAt(simulator.Address), call);
        Assert.False(headers.ContainsKey("openai-organization") || headers.ContainsKey("openai-project"));
        Assert.Equal("t", headers["traceparent"]);
    }

    [Fact]
    public async Task The_key_of_one_resource_never_goes_to_another()
    {
        var other = new ProviderKey { Id = "other", Name = "other", Value = "other", Azure = Deployed.ResourceAt(new Uri("http://127.0.0.1:1")) };
        var own = new ProviderKey { Id = "own", Name = "own", Value = "own" };
        var provider = new Provider { Name = "azure-two", Dialect = "azure", BaseUrl = simulator.Address, Keys = [other, own] };
        var call = Tries.Call("sim");
        var reply = await Deployed.Dialect.SendAsync(Tries.Target(provider, "own").Of(own), call).InTimeAsync();
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();
        Assert.Equal("own", (await simulator.ReceivedAsync(call.AttemptId)).Headers["api-key"]);
    }

    private async Task<(Dictionary<string, string> Headers, JsonObject Body, ProviderReply Reply)> SentAsync(AzureResource resource, ProviderCall call)
    {
        var reply = await Deployed.SendAsync(resource, call);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await reply.Body!.DisposeAsync();
        var (headers, body) = await simulator.ReceivedAsync(call.AttemptId);
        return (headers, JsonNode.Parse(body)!.AsObject(), reply);
    }
}
