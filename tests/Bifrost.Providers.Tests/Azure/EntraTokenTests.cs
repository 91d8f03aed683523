using System.Net;
using System.Text;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Azure;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Azure;

public class EntraTokenTests(SimulatorFixture simulator)
{
    private readonly FakeTimeProvider _time = new();
    private readonly Authority _authority = new();

    private static EntraClient Client { get; } = new(new Uri("https://login.example/tenant/oauth2/v2.0/token"), "app", "the-secret-of-the-app", "scope/.default");

    [Fact]
    public async Task A_token_is_asked_for_once_and_kept_until_shortly_before_its_end()
    {
        var tokens = new EntraTokens(_time);
        Assert.Equal("token-1", await GetAsync(tokens));
        Assert.Equal("grant_type=client_credentials&client_id=app&client_secret=the-secret-of-the-app&scope=scope%2F.default", _authority.Asked[0]);
        _time.Advance(TimeSpan.FromHours(1) - EntraTokens.Early - TimeSpan.FromSeconds(1));
        Assert.Equal("token-1", await GetAsync(tokens));
        Assert.Single(_authority.Asked);

        // Replaced while calls go on with the one that still holds.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("token-1", await GetAsync(tokens));
        await Eventually.UntilAsync(async () => await GetAsync(tokens) == "token-2");
        Assert.Equal(2, _authority.Asked.Count);
    }

    [Fact]
    public async Task A_token_that_has_ended_is_not_sent()
    {
        var tokens = new EntraTokens(_time);
        await GetAsync(tokens);
        _time.Advance(TimeSpan.FromHours(1) - EntraTokens.Margin);
        Assert.Equal("token-2", await GetAsync(tokens));
    }

    [Fact]
    public async Task Callers_at_once_share_one_request()
    {
        var tokens = new EntraTokens(_time);
        _authority.Gate = new TaskCompletionSource();
        var calls = Enumerable.Range(0, 20).Select(_ => GetAsync(tokens)).ToArray();
        _authority.Gate.SetResult();
        Assert.All(await Task.WhenAll(calls), token => Assert.Equal("token-1", token));
        Assert.Single(_authority.Asked);
    }

    [Fact]
    public async Task A_refused_token_is_forgotten()
    {
        var tokens = new EntraTokens(_time);
        tokens.Forget(Client, (await GetAsync(tokens))!);
        Assert.Equal("token-2", await GetAsync(tokens));
        tokens.Forget(Client, "token-1");
        Assert.Equal("token-2", await GetAsync(tokens));
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client","error_description":"AADSTS7000215: Invalid secret the-secret-of-the-app."}""", FailureKind.KeyRejected, "AADSTS7000215")]
    [InlineData(400, """{"error":"unauthorized_client","error_description":"x"}""", FailureKind.KeyRejected, "unauthorized_client")]
    [InlineData(403, "<html>", FailureKind.KeyRejected, "status 403")]
    [InlineData(503, "<html>", FailureKind.Connect, "status 503")]
    [InlineData(429, "{}", FailureKind.Connect, "status 429")]
    [InlineData(200, """{"access_token":null,"expires_in":3600}""", FailureKind.Connect, "and none")]
    [InlineData(200, """[]""", FailureKind.Connect, "and none")]
    public async Task A_failure_is_an_error_that_stands_for_a_moment(int status, string body, FailureKind kind, string words)
    {
        var tokens = new EntraTokens(_time);
        (_authority.Status, _authority.Body) = (status, body);
        foreach (var _ in (int[])[1, 2])
        {
            var failure = (await tokens.GetAsync(Target, Client, Http, default, default)).Failure!;
            Assert.Equal(kind, failure.Kind);
            Assert.Contains(words, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Client.Secret, failure.Message, StringComparison.Ordinal);
            Assert.Single(_authority.Asked);
        }

        _time.Advance(EntraTokens.Rest);
        (_authority.Status, _authority.Body) = (200, null);
        Assert.Equal("token-2", await GetAsync(tokens));
    }

    [Fact]
    public async Task A_failed_replacement_leaves_the_token_that_still_holds()
    {
        var tokens = new EntraTokens(_time);
        await GetAsync(tokens);
        _authority.Status = 503;
        _time.Advance(TimeSpan.FromHours(1) - EntraTokens.Early);
        Assert.Equal("token-1", await GetAsync(tokens));
        await Eventually.UntilAsync(() => _authority.Asked.Count == 2);
        Assert.Equal("token-1", await GetAsync(tokens));
    }

    [Fact]
    public async Task Whoever_leaves_waits_no_longer()
    {
        var tokens = new EntraTokens(_time);
        _authority.Gate = new TaskCompletionSource();
        using var leaving = new CancellationTokenSource();
        var waiting = tokens.GetAsync(Target, Client, Http, default, leaving.Token);
        await leaving.CancelAsync();
        Assert.Equal(FailureKind.Aborted, (await waiting).Failure!.Kind);
        _authority.Gate.SetResult();
    }

    [Fact]
    public void A_client_shows_no_secret() => Assert.DoesNotContain(Client.Secret, $"{Client}", StringComparison.Ordinal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_resource_gets_the_token_and_no_key(bool stream)
    {
        await using var authority = RawUpstream.Saying(RawUpstream.Answer("application/json", """{"token_type":"Bearer","expires_in":"3599","access_token":"of-entra"}"""));
        var resource = Deployed.ResourceAt(simulator.Address) with { Client = Client with { TokenUrl = new Uri(authority.Address, "/t/oauth2/v2.0/token") } };
        for (var i = 0; i < 2; i++)
        {
            var call = Tries.Call("sim", stream);
            var reply = await Deployed.Dialect.SendAsync(Deployed.Target(resource, secret: ""), call).InTimeAsync();
            Assert.True(reply.Failure is null, reply.Failure?.Message);
            await reply.Body!.DisposeAsync();
            var (headers, _) = await simulator.ReceivedAsync(call.AttemptId);
            Assert.Equal("Bearer of-entra", headers["authorization"]);
            Assert.False(headers.ContainsKey("api-key"));
        }

        Assert.Equal(1, authority.Connections);
    }

    [Fact]
    public async Task A_token_that_the_resource_refuses_is_not_sent_again()
    {
        await using var authority = RawUpstream.Saying(RawUpstream.Answer("application/json", """{"expires_in":3599,"access_token":"of-entra"}"""));
        await using var upstream = RawUpstream.Saying("HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\n{}");
        var resource = Deployed.ResourceAt(upstream.Address) with { Client = Client with { TokenUrl = new Uri(authority.Address, "/t") } };
        for (var i = 1; i <= 2; i++)
        {
            var reply = await Deployed.Dialect.SendAsync(Deployed.Target(resource, secret: ""), Tries.Call("sim")).InTimeAsync();
            Assert.Equal(FailureKind.KeyRejected, reply.Failure!.Kind);
            Assert.Equal(i, authority.Connections);
        }
    }

    private static UpstreamTarget Target => Tries.TargetAt(new Uri("http://127.0.0.1:1"));

    private HttpMessageInvoker Http => new(_authority, disposeHandler: false);

    private async Task<string?> GetAsync(EntraTokens tokens)
    {
        var (token, failure) = await tokens.GetAsync(Target, Client, Http, default, default).AsTask().InTimeAsync();
        Assert.True(failure is null, failure?.Message);
        return token;
    }

    /// <summary>Hands out numbered tokens of one hour.</summary>
    private sealed class Authority : HttpMessageHandler
    {
        private readonly Lock _gate = new();

        public List<string> Asked { get; } = [];
        public TaskCompletionSource? Gate { get; set; }
        public int Status { get; set; } = 200;
        public string? Body { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var form = await request.Content!.ReadAsStringAsync(cancellationToken);
            int number;
            lock (_gate)
            {
                Asked.Add(form);
                number = Asked.Count;
            }

            if (Gate is { } gate) await gate.Task;
            var body = Body ?? $$"""{"access_token":"token-{{number}}","expires_in":3600}""";
            return new HttpResponseMessage((HttpStatusCode)Status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }
}
