using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Anthropic;

/// <summary>The provider's own client reads what the scripted upstream sends, and checks its form: what was tested against it is right.</summary>
public class OfficialClientTests(SimulatorFixture simulator)
{
    private const string Tools = """[{"name":"lookup","input_schema":{"type":"object","properties":{"query":{"type":"string"}}}}]""";

    private AnthropicClient Client => new() { BaseUrl = simulator.Address.ToString().TrimEnd('/'), ApiKey = "sk-ant-0123456789", MaxRetries = 0, ResponseValidation = true };

    [Fact]
    public async Task Reads_a_whole_message()
    {
        var message = await Client.Messages.Create(Params("sim-words-3-reasoning-4-cached-2-tokens-9 go"), TestContext.Current.CancellationToken);
        message.Validate();
        Assert.True(message.Content[0].TryPickThinking(out var thinking));
        Assert.True(message.Content[1].TryPickText(out var text));
        Assert.Equal(("First the simulator thinks.", "c2ln", "w000000 w000001 w000002 "), (thinking!.Thinking, thinking.Signature, text!.Text));
        Assert.Equal((7L, 2L), (message.Usage.InputTokens, message.Usage.CacheReadInputTokens ?? 0));

        var calling = await Client.Messages.Create(Params("sim-tools-2 go", Tools), TestContext.Current.CancellationToken);
        calling.Validate();
        Assert.True(calling.Content[1].TryPickToolUse(out var call));
        Assert.Equal(("lookup", "simulated"), (call!.Name, call.Input["query"].GetString()));

        var citing = await Client.Messages.Create(Params("sim-citations-refusal go"), TestContext.Current.CancellationToken);
        citing.Validate();
    }

    [Fact]
    public async Task Reads_a_stream()
    {
        var text = new StringBuilder();
        var arguments = new StringBuilder();
        var events = 0;
        foreach (var (script, tools) in ((string, string?)[])[("sim-words-3-reasoning-4 go", null), ("sim-tools-2 go", Tools), ("sim-words-2-crlf-comments go", null)])
            await ReadAsync(script, tools);
        Assert.Equal("w000000 w000001 w000002 w000000 w000001 ", text.ToString());
        Assert.Equal("""{"query":"simulated"}{"query":"simulated"}""", arguments.ToString());
        Assert.Equal(3, events);

        async Task ReadAsync(string script, string? tools)
        {
            await foreach (var one in Client.Messages.CreateStreaming(Params(script, tools), TestContext.Current.CancellationToken))
            {
                one.Validate();
                if (one.TryPickStop(out _)) events++;
                if (!one.TryPickContentBlockDelta(out var delta)) continue;
                if (delta!.Delta.TryPickText(out var piece)) text.Append(piece!.Text);
                if (delta.Delta.TryPickInputJson(out var json)) arguments.Append(json!.PartialJson);
            }
        }
    }

    [Fact]
    public async Task Reads_an_error()
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => Client.Messages.Create(Params("sim-429 go"), TestContext.Current.CancellationToken));
        Assert.Contains("rate", thrown.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static MessageCreateParams Params(string said, string? tools = null)
    {
        var body = new Dictionary<string, JsonElement>
        {
            ["model"] = Element("\"claude-haiku-4-5\""),
            ["max_tokens"] = Element("1000"),
            ["messages"] = Element($$"""[{"role":"user","content":"{{said}}"}]"""),
        };
        if (tools is not null) body["tools"] = Element(tools);
        return MessageCreateParams.FromRawUnchecked(new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>(), body);
    }

    private static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
