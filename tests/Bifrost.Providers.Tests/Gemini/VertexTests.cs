using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Gemini;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Gemini;

/// <summary>The same models in Google's cloud.</summary>
public class VertexTests(SimulatorFixture simulator)
{
    private static readonly string s_credential = Credential();

    /// <summary>The host of a region was used for models that are in none; streams were asked for without a token.</summary>
    [Theory]
    [InlineData("us-central1", false, "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/us-central1/publishers/google/models/m:generateContent")]
    [InlineData("global", true, "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/publishers/google/models/m:streamGenerateContent?alt=sse")]
    [InlineData("eu", false, "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/publishers/google/models/m:generateContent")]
    [InlineData(null, true, "https://aiplatform.googleapis.com/v1beta1/publishers/google/models/m:streamGenerateContent?alt=sse")]
    public void Addresses(string? location, bool stream, string expected) =>
        Assert.Equal(expected, VertexPath.UrlOf(new Uri(VertexDialect.BaseUrl), new VertexPlace(location is null ? "" : "p", location ?? "global", null), "models/m", stream).AbsoluteUri);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_goes_up_with_a_token_and_without_what_is_not_known_there(bool stream)
    {
        await using var tokens = RawUpstream.Saying(Token("good"));
        var call = Gem.Call("gemini-2.5-flash", """
            "messages":[{"role":"user","content":[{"type":"text","text":"sim-words-3 go"},{"type":"image_url","image_url":{"url":"https://e.com/a.png?x"}},{"type":"file","file":{"file_url":"gs://b/a.pdf"}}]},
              {"role":"assistant","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x","content":"1"}],"service_tier":"default"
            """, stream);
        var reply = await SendAsync(Provider(tokens.Address), call);
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await reply.Body!.DisposeAsync();
        var (headers, body) = await simulator.ReceivedAsync(call.AttemptId);
        Assert.Equal("Bearer good", headers["authorization"]);
        Assert.DoesNotContain(headers.Keys, name => name.Equals("x-goog-api-key", StringComparison.OrdinalIgnoreCase));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                [{"role":"user","parts":[{"text":"sim-words-3 go"},{"fileData":{"fileUri":"https://e.com/a.png?x","mimeType":"image/png"}},{"fileData":{"fileUri":"gs://b/a.pdf","mimeType":"application/pdf"}}]},
                 {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}}]}]
                """),
            JsonNode.Parse(body)!["contents"]), body);
    }

    [Theory]
    [InlineData("\"service_tier\":\"flex\"", "service_tier")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.com/a.mp4\"}}]}]", "messages[0].content[0]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.com/a\"}}]}]", "messages[0].content[0]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://e.com/a.png\"}}]}]", "messages[0].content[0]")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"files/f\"}}]}]", "messages[0].content[0]")]
    public async Task What_it_cannot_do_is_a_400_that_names_it(string members, string param)
    {
        var reply = await SendAsync(Provider(new Uri("http://127.0.0.1:1")), Gem.Call("gemini-2.5-flash", members));
        Assert.Equal((FailureKind.Unsupported, param), (reply.Failure!.Kind, reply.Failure.Param));
    }

    [Fact]
    public async Task A_token_that_is_refused_is_replaced_once()
    {
        var asked = 0;
        await using var tokens = RawUpstream.Saying(() => Encoding.UTF8.GetBytes(Token(Interlocked.Increment(ref asked) == 1 ? "stale" : "good")));
        var reply = await SendAsync(Provider(tokens.Address), Gem.Call("gemini-2.5-flash", stream: true));
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await reply.Body!.DisposeAsync();
        Assert.Equal(2, asked);

        await using var stale = RawUpstream.Saying(Token("stale"));
        reply = await SendAsync(Provider(stale.Address), Gem.Call("gemini-2.5-flash"));
        Assert.Equal((FailureKind.KeyRejected, 401), (reply.Failure!.Kind, reply.Failure.Status));
        Assert.Equal(2, stale.Connections);
    }

    /// <summary>Keys of the express mode were refused: they name no project.</summary>
    [Fact]
    public async Task A_key_of_the_express_mode_is_sent_as_it_is()
    {
        var provider = Tries.ProviderAt(simulator.Address) with { Keys = [new ProviderKey { Id = "key-1", Name = "", Value = "k", Vertex = new VertexPlace("", "global", null) }] };
        var call = Gem.Call("gemini-2.5-flash");
        var reply = await new VertexDialect(TimeProvider.System, new ProviderLimits()).SendAsync(Tries.Target(provider), call).InTimeAsync();
        Assert.True(reply.Failure is null, reply.Failure?.Message);
        await reply.Body!.DisposeAsync();
        Assert.Equal("secret-of-provider", (await simulator.ReceivedAsync(call.AttemptId)).Headers["x-goog-api-key"]);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_sent()
    {
        await using var refusing = RawUpstream.Saying("HTTP/1.1 400 No\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid_grant\"}");
        var reply = await SendAsync(Provider(refusing.Address), Gem.Call("gemini-2.5-flash"));
        Assert.Equal((FailureKind.KeyRejected, false), (reply.Failure!.Kind, reply.Sent));
        Assert.Contains("invalid_grant", reply.Failure.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Connect, (await SendAsync(Provider(new Uri("http://127.0.0.1:1")), Gem.Call("gemini-2.5-flash"))).Failure!.Kind);

        var nowhere = Provider(refusing.Address) with { Keys = [new ProviderKey { Id = "key-1", Name = "", Value = s_credential }] };
        Assert.Equal(FailureKind.KeyRejected, (await SendAsync(nowhere, Gem.Call("gemini-2.5-flash"))).Failure!.Kind);
        Assert.Equal(FailureKind.ModelNotFound, (await SendAsync(Provider(refusing.Address), Gem.Call("tunedModels/x"))).Failure!.Kind);
    }

    private static Task<ProviderReply> SendAsync(Provider provider, ProviderCall call) =>
        new VertexDialect(TimeProvider.System, new ProviderLimits()).SendAsync(Tries.Target(provider, s_credential), call).InTimeAsync();

    private Provider Provider(Uri tokens) => Tries.ProviderAt(simulator.Address) with
    {
        Keys = [new ProviderKey { Id = "key-1", Name = "key-1", Value = s_credential, Vertex = new VertexPlace("p", "eu", tokens) }],
    };

    private static string Token(string value) => RawUpstream.Answer("application/json", $$"""{"access_token":"{{value}}","expires_in":3599}""");

    private static string Credential()
    {
        using var key = RSA.Create(2048);
        return new JsonObject { ["type"] = "service_account", ["client_email"] = "a@p.example", ["private_key"] = key.ExportPkcs8PrivateKeyPem() }.ToJsonString();
    }
}
