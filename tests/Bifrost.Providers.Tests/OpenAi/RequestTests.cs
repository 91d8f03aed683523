using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.OpenAi;

/// <summary>What the upstream receives (contract section 4).</summary>
public class RequestTests(SimulatorFixture simulator)
{
    [Fact]
    public async Task Sends_the_callers_bytes_as_they_are()
    {
        var call = Tries.Call("sim") with { Body = Encoding.UTF8.GetBytes("""{ "model" : "sim",  "x_unknown":1.50, "messages":[{"role":"user","content":"\u00e4ö€"}] }""") };
        var (headers, body) = await ReceivedAsync(call);
        Assert.Equal(Encoding.UTF8.GetString(call.Body.Span), body);
        Assert.Equal(call.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), headers["content-length"]);
    }

    [Theory]
    [InlineData(false, 200)]
    [InlineData(true, 404)]
    public async Task Streams_go_to_a_path_of_their_own_where_one_is_set(bool stream, int status)
    {
        var target = Tries.Target(Tries.ProviderAt(simulator.Address) with { Name = "of-two-paths", StreamPath = "/no/such/path" });
        var reply = await Tries.Dialect.SendAsync(target, Tries.Call("sim", stream)).InTimeAsync();
        Assert.Equal(status, reply.Status);
        if (reply.Body is { } body) await body.DisposeAsync();
    }

    [Fact]
    public async Task Applies_the_edits_while_it_writes()
    {
        const string body = """{"model":"alias/of-it","fallbacks":["a/b"],"messages":[{"role":"user","content":"Hi"}]}""";
        var call = Tries.Call("sim") with
        {
            Body = Encoding.UTF8.GetBytes(body),
            Edits =
            [
                new Edit(1, 0, "\"stream\":false,"u8.ToArray()),
                new Edit(body.IndexOf("\"alias", StringComparison.Ordinal), "\"alias/of-it\"".Length, "\"sim\""u8.ToArray()),
                new Edit(body.IndexOf("\"fallbacks", StringComparison.Ordinal), "\"fallbacks\":[\"a/b\"],".Length, default),
            ],
        };
        var (headers, received) = await ReceivedAsync(call);
        const string expected = """{"stream":false,"model":"sim","messages":[{"role":"user","content":"Hi"}]}""";
        Assert.Equal(expected, received);
        Assert.Equal(expected.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), headers["content-length"]);
    }

    [Fact]
    public async Task Sends_a_body_of_eight_megabytes_with_an_edit_in_its_middle()
    {
        var pad = new string('x', 4 << 20);
        var text = $$$"""{"model":"sim","messages":[{"role":"user","content":"{{{pad}}}"}],"a":1,"pad":"{{{pad}}}"}""";
        var at = text.IndexOf("\"a\":1,", StringComparison.Ordinal);
        var call = Tries.Call("sim") with { Body = Encoding.UTF8.GetBytes(text), Edits = [new Edit(at, 6, default)] };
        var (_, received) = await ReceivedAsync(call);
        Assert.Equal(text.Remove(at, 6), received);
    }

    [Fact]
    public async Task Sends_the_contracts_headers_and_nothing_else()
    {
        var call = Tries.Call("sim") with
        {
            Headers =
            [
                new Header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                new Header("openai-organization", "org-1"),
                new Header("openai-project", "proj-1"),
                new Header("x-bf-eh-anthropic-beta", "b1"),
                new Header("user-agent", "OpenAI/Python"),
                new Header("x-stainless-retry-count", "0"),
                new Header("cookie", "a=b"),
                new Header("x-bf-vk", "hidden"),
            ],
        };
        var (headers, _) = await ReceivedAsync(call);
        Assert.Equal(
            ["anthropic-beta", "authorization", "content-length", "content-type", "host", "openai-organization", "openai-project", "traceparent", "x-client-request-id"],
            headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("application/json", headers["content-type"]);
        Assert.Equal("Bearer secret-of-provider", headers["authorization"]);
        Assert.Equal(call.AttemptId.ToString(), headers["x-client-request-id"]);
        Assert.Equal("b1", headers["anthropic-beta"]);
    }

    [Theory]
    [InlineData("authorization")]
    [InlineData("proxy-authorization")]
    [InlineData("cookie")]
    [InlineData("host")]
    [InlineData("content-length")]
    [InlineData("connection")]
    [InlineData("transfer-encoding")]
    [InlineData("x-api-key")]
    [InlineData("x-goog-api-key")]
    [InlineData("x-bf-api-key")]
    [InlineData("x-bf-vk")]
    [InlineData("accept-encoding")]
    [InlineData("x-client-request-id")]
    public async Task Lets_no_extra_header_through_that_is_on_the_deny_list(string name)
    {
        var call = Tries.Call("sim") with { Headers = [new Header($"x-bf-eh-{name}", "smuggled"), new Header($"X-BF-EH-{name.ToUpperInvariant()}", "smuggled")] };
        var (headers, _) = await ReceivedAsync(call);
        Assert.DoesNotContain(headers, header => header.Value.Contains("smuggled"));
    }

    [Theory]
    [InlineData("sk-bf-0123456789")]
    [InlineData("Bearer SK-BF-0123456789")]
    [InlineData("a\r\nx-evil: 1")]
    public async Task Lets_no_virtual_key_and_no_line_break_through_in_a_header(string value)
    {
        var call = Tries.Call("sim") with { Headers = [new Header("x-bf-eh-x-token", value), new Header("openai-project", value)] };
        var (headers, _) = await ReceivedAsync(call, Tries.ProviderAt(simulator.Address) with { Name = "x-token", ExtraHeaders = [new("x-configured", value)] });
        Assert.Equal(["authorization", "content-length", "content-type", "host", "x-client-request-id"], headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("sk-bf-0123456789")]
    [InlineData(" Sk-Bf-0123456789")]
    public async Task Never_sends_a_virtual_key_as_the_credential(string credential)
    {
        await using var upstream = RawUpstream.Saying("");
        var reply = await Tries.Dialect.SendAsync(Tries.Target(Tries.ProviderAt(upstream.Address), credential), Tries.Call("m")).InTimeAsync();
        Assert.Equal((FailureKind.KeyRejected, false, 0), (reply.Failure!.Kind, reply.Sent, upstream.Connections));
        Assert.DoesNotContain("0123456789", reply.Failure.Message);
    }

    [Fact]
    public async Task Sends_no_credential_to_a_provider_that_takes_none()
    {
        var (headers, _) = await ReceivedAsync(Tries.Call("sim"), Tries.ProviderAt(simulator.Address), credential: null);
        Assert.DoesNotContain("authorization", headers.Keys);
    }

    [Fact]
    public async Task Prefers_configured_headers_to_the_callers_and_to_its_own()
    {
        var provider = Tries.ProviderAt(simulator.Address) with
        {
            Name = "configured",
            ExtraHeaders = [new("x-tenant", "configured"), new("Authorization", "Basic abc"), new("Content-Length", "1"), new("x-client-request-id", "mine")],
        };
        var call = Tries.Call("sim") with { Headers = [new Header("x-bf-eh-x-tenant", "caller")] };
        var (headers, _) = await ReceivedAsync(call, provider);
        Assert.Equal(("configured", "Basic abc"), (headers["x-tenant"], headers["authorization"]));
    }

    [Fact]
    public async Task Follows_a_changed_address_from_the_next_call_on()
    {
        await using var elsewhere = RawUpstream.Saying(RawUpstream.Answer("application/json", """{"choices":[],"id":"elsewhere"}"""));
        var provider = new Provider { Name = "moving", BaseUrl = simulator.Address };
        foreach (var (target, expected) in new[] { (provider, "chatcmpl"), (provider with { BaseUrl = elsewhere.Address }, "elsewhere") })
        {
            var reply = await Tries.Dialect.SendAsync(Tries.Target(target), Tries.Call("sim")).InTimeAsync();
            await using var body = Assert.IsAssignableFrom<PlainBody>(reply.Body);
            Assert.Contains(expected, Encoding.UTF8.GetString(body.Json.Span));
        }
    }

    private Task<(Dictionary<string, string> Headers, string Body)> ReceivedAsync(ProviderCall call) => ReceivedAsync(call, Tries.ProviderAt(simulator.Address));

    private async Task<(Dictionary<string, string> Headers, string Body)> ReceivedAsync(ProviderCall call, Provider provider, string? credential = "secret-of-provider")
    {
        var reply = await Tries.Dialect.SendAsync(Tries.Target(provider, credential), call).InTimeAsync();
        Assert.Null(reply.Failure);
        await reply.Body!.DisposeAsync();
        return await simulator.ReceivedAsync(call.AttemptId);
    }
}
