using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bifrost.Providers.Gemini.Tokens;

namespace Bifrost.Providers.Tests.Gemini;

/// <summary>Access tokens of Google's cloud.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly RSA _key = RSA.Create(2048);
    private readonly Server _server = new();

    public void Dispose()
    {
        _key.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_service_account_signs_who_it_is_for_one_hour()
    {
        var token = await Tokens().GetAsync(Service(), null, TestContext.Current.CancellationToken);
        Assert.Equal(("t1", _time.GetUtcNow().AddSeconds(3_599)), (token.Value, token.ExpiresAt));
        var (url, body) = Assert.Single(_server.Received);
        Assert.Equal("https://oauth2.googleapis.com/token", url);
        var form = System.Web.HttpUtility.ParseQueryString(body);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", form["grant_type"]);
        var parts = form["assertion"]!.Split('.');
        Assert.True(_key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decoded(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal("""{"alg":"RS256","typ":"JWT","kid":"k1"}""", Encoding.UTF8.GetString(Decoded(parts[0])));
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse($$"""{"iss":"a@p.example","scope":"https://www.googleapis.com/auth/cloud-platform","aud":"https://oauth2.googleapis.com/token","iat":{{now}},"exp":{{now + 3_600}}}"""),
            JsonNode.Parse(Decoded(parts[1]))));
    }

    [Fact]
    public async Task A_token_is_fetched_once_for_all_and_again_five_minutes_before_its_end()
    {
        var tokens = Tokens();
        var gate = _server.Hold();
        var waiting = Enumerable.Range(0, 20).Select(_ => tokens.GetAsync(Service(), null, CancellationToken.None)).ToArray();

        // One that leaves does not end it for the others.
        using var left = new CancellationTokenSource();
        var leaving = tokens.GetAsync(Service(), null, left.Token);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        gate.SetResult();
        Assert.All(await Task.WhenAll(waiting), token => Assert.Equal("t1", token.Value));
        _time.Advance(TimeSpan.FromSeconds(3_599 - 301));
        Assert.Equal("t1", (await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("t2", (await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
        Assert.Equal(2, _server.Received.Count);
    }

    /// <summary>A token that was over was used again, or none at all was sent.</summary>
    [Fact]
    public async Task Where_no_new_one_can_be_had_the_old_one_is_used_to_its_end_and_no_longer()
    {
        var tokens = Tokens();
        await tokens.GetAsync(Service(), null, CancellationToken.None);
        _server.Answer = (HttpStatusCode.BadRequest, """{"error":"invalid_grant","error_description":"secret words"}""");
        _time.Advance(TimeSpan.FromSeconds(3_500));
        Assert.Equal("t1", (await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
        _time.Advance(TimeSpan.FromSeconds(100));
        var none = await tokens.GetAsync(Service(), null, CancellationToken.None);
        Assert.Equal((null, true, "was answered 400 invalid_grant where tokens come from"), (none.Value, none.IsRefused, none.Fault));
        _server.Answer = (HttpStatusCode.ServiceUnavailable, "busy");
        Assert.False((await tokens.GetAsync(Service(), null, CancellationToken.None)).IsRefused);
        _server.Answer = null;
        Assert.NotNull((await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
    }

    [Fact]
    public async Task A_token_that_was_refused_is_forgotten_and_no_other()
    {
        var tokens = Tokens();
        await tokens.GetAsync(Service(), null, CancellationToken.None);
        tokens.Forget(Service(), null, "another");
        Assert.Equal("t1", (await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
        tokens.Forget(Service(), null, "t1");
        Assert.Equal("t2", (await tokens.GetAsync(Service(), null, CancellationToken.None)).Value);
    }

    /// <summary>A credential names where its tokens come from: whoever writes one could have it sent anywhere.</summary>
    [Theory]
    [InlineData("https://evil.example/token")]
    [InlineData("http://oauth2.googleapis.com/token")]
    [InlineData("https://oauth2.googleapis.com:444/token")]
    [InlineData("https://oauth2.googleapis.com@evil.example/token")]
    [InlineData("https://oauth2.googleapis.com.evil.example/token")]
    public async Task Credentials_go_to_Google_or_to_where_the_configuration_says(string tokenUri)
    {
        var none = await Tokens().GetAsync(Service(tokenUri), null, CancellationToken.None);
        Assert.Equal((null, true), (none.Value, none.IsRefused));
        Assert.Empty(_server.Received);
        Assert.Equal("t1", (await Tokens().GetAsync(Service(tokenUri), new Uri("https://tokens.example/t"), CancellationToken.None)).Value);
        Assert.Equal("https://tokens.example/t", Assert.Single(_server.Received).Url);
    }

    [Theory]
    [InlineData("half")]
    [InlineData("[]")]
    [InlineData("""{"type":"authorized_user"}""")]
    [InlineData("""{"type":"service_account","client_email":"a"}""")]
    [InlineData("""{"type":"service_account","client_email":"a","private_key":"no key"}""")]
    [InlineData("""{"type":"external_account","credential_source":{"url":"http://169.254.169.254/"}}""")]
    [InlineData("""{"type":"external_account","credential_source":{"file":"no-such-file"},"service_account_impersonation_url":"https://evil.example/"}""")]
    public async Task What_is_no_credential_is_refused_without_its_words(string text)
    {
        var none = await Tokens().GetAsync(text, null, CancellationToken.None);
        Assert.Equal((null, true), (none.Value, none.IsRefused));
        Assert.DoesNotContain("no key", none.Fault, StringComparison.Ordinal);
        Assert.Empty(_server.Received);
    }

    [Fact]
    public async Task A_workload_exchanges_the_token_of_its_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """{"id_token":"subject-1"}""", TestContext.Current.CancellationToken);
            var json = new JsonObject
            {
                ["type"] = "external_account",
                ["audience"] = "//iam.example/pool",
                ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
                ["token_url"] = "https://sts.googleapis.com/v1/token",
                ["service_account_impersonation_url"] = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken",
                ["credential_source"] = new JsonObject { ["file"] = file, ["format"] = new JsonObject { ["type"] = "json", ["subject_token_field_name"] = "id_token" } },
            };
            _server.Second = """{"accessToken":"impersonated","expireTime":"2026-11-28T12:30:00Z"}""";
            var token = await Tokens().GetAsync(json.ToJsonString(), null, CancellationToken.None);
            Assert.Equal(("impersonated", new DateTimeOffset(2026, 11, 28, 12, 30, 0, TimeSpan.Zero)), (token.Value, token.ExpiresAt));
            var form = System.Web.HttpUtility.ParseQueryString(_server.Received[0].Body);
            Assert.Equal(("subject-1", "//iam.example/pool"), (form["subject_token"], form["audience"]));
            Assert.StartsWith("https://iamcredentials.googleapis.com/", _server.Received[1].Url, StringComparison.Ordinal);
            Assert.Equal("Bearer t1", _server.Authorization);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Without_a_credential_the_machine_is_asked()
    {
        Assert.Equal("t1", (await Tokens().GetAsync("", null, CancellationToken.None)).Value);
        Assert.Equal("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token", Assert.Single(_server.Received).Url);
        Assert.Equal("Google", _server.Flavor);
    }

    private AccessTokens Tokens() => new(new HttpMessageInvoker(_server, disposeHandler: false), _time);

    private string Service(string? tokenUri = null) => new JsonObject
    {
        ["type"] = "service_account",
        ["client_email"] = "a@p.example",
        ["private_key_id"] = "k1",
        ["private_key"] = _key.ExportPkcs8PrivateKeyPem(),
        ["token_uri"] = tokenUri ?? "https://oauth2.googleapis.com/token",
    }.ToJsonString();

    private static byte[] Decoded(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);

    /// <summary>Where tokens come from: t1, t2 and so on, unless told otherwise.</summary>
    private sealed class Server : HttpMessageHandler
    {
        private TaskCompletionSource? _held;
        private int _count;

        public List<(string Url, string Body)> Received { get; } = [];
        public (HttpStatusCode Status, string Body)? Answer { get; set; }
        public string? Second { get; set; }
        public string? Authorization { get; private set; }
        public string? Flavor { get; private set; }

        public TaskCompletionSource Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            lock (Received) Received.Add((request.RequestUri!.AbsoluteUri, body));
            Authorization = request.Headers.Authorization?.ToString();
            Flavor = request.Headers.TryGetValues("Metadata-Flavor", out var values) ? values.Single() : null;
            if (_held is not null) await _held.Task.WaitAsync(cancellationToken);
            if (Answer is { } answer) return new HttpResponseMessage(answer.Status) { Content = new StringContent(answer.Body) };
            var number = Interlocked.Increment(ref _count);
            var json = number == 2 && Second is not null ? Second : $$"""{"access_token":"t{{number}}","expires_in":3599,"token_type":"Bearer"}""";
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json) };
        }
    }
}
