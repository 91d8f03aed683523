namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class HeaderPolicy(RunningGateway gateway)
{
    [Fact]
    public async Task To_the_provider_go_the_allowed_headers_and_nothing_else()
    {
        var model = RunningGateway.Tagged("gpt-4o");
        var answer = await gateway.ChatAsync(
            Requests.Body($"openai/{model}"),
            ("OpenAI-Organization", "org-1"), ("OpenAI-Project", "proj-1"), ("x-bf-eh-X-Mine", "yes"), ("Cookie", "a=b"), ("User-Agent", "test/1"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("x-forwarded-for", "1.2.3.4"), ("x-request-id", "req-1"),
            ("Accept-Encoding", "gzip"), ("x-bf-eh-authorization", "Bearer stolen"), ("x-bf-eh-Cookie", "c=d"), ("x-bf-eh-host", "evil.test"),
            ("x-bf-eh-x-api-key", "k"), ("x-bf-eh-leak", RunningGateway.OpenKey), ("x-bf-eh-x-bf-vk", "v"), ("x-bf-eh-transfer-encoding", "chunked"));
        Assert.Equal(200, answer.Status);

        var call = await gateway.CallToAsync(model);
        var sent = call.GetProperty("headers").EnumerateObject().Select(header => header.Name).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["authorization", "content-length", "content-type", "host", "openai-organization", "openai-project", "x-client-request-id", "x-mine"], sent);
        Assert.Equal($"Bearer {RunningGateway.ProviderSecret}", Upstream.Header(call, "authorization"));
        Assert.Equal(gateway.Simulator.Authority, Upstream.Header(call, "host"));
        Assert.True(Guid.TryParse(Upstream.Header(call, "x-client-request-id"), out var attempt) && attempt.Version == 7);
    }

    [Fact]
    public async Task Allow_and_deny_lists_and_tracing_are_obeyed()
    {
        const string client = """{"header_filter_config":{"allowlist":["X-One","x-two"],"denylist":["x-two"]},"forward_trace_context":true}""";
        await using var other = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, client));
        var model = RunningGateway.Tagged("sim");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(other.Address, Requests.Chat)) { Content = new StringContent(Requests.Body($"sim/{model}")) };
        var answer = await gateway.SendAsync(request, ("x-bf-vk", RunningGateway.OpenKey), ("x-bf-eh-x-one", "1"), ("x-bf-eh-x-two", "2"),
            ("x-bf-eh-x-three", "3"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        Assert.Equal(200, answer.Status);
        var call = await gateway.CallToAsync(model);
        Assert.Equal("1", Upstream.Header(call, "x-one"));
        Assert.Null(Upstream.Header(call, "x-two"));
        Assert.Null(Upstream.Header(call, "x-three"));
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c", Upstream.Header(call, "traceparent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_header_that_is_missing_is_a_400()
    {
        await using var other = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"required_headers":["X-Tenant"]}"""));
        foreach (var (headers, status) in new ((string, string)[] Headers, int Status)[]
            { ([("x-bf-vk", RunningGateway.OpenKey)], 400), ([("x-bf-vk", RunningGateway.OpenKey), ("x-tenant", "a")], 200) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(other.Address, Requests.Chat)) { Content = new StringContent(Requests.Body("sim/sim")) };
            Assert.Equal(status, (await gateway.SendAsync(request, headers)).Status);
        }
    }

    [Fact]
    public async Task Of_the_providers_headers_only_its_processing_time_comes_back()
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim-headers"));
        Assert.Equal(200, answer.Status);
        string[] ours =
        [
            "content-length", "content-type", "date", "x-request-id", "x-bifrost-provider", "x-bifrost-resolved-model", "x-bifrost-fallback-index",
            "openai-processing-ms", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
            "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
        ];
        Assert.Empty(answer.Headers.Keys.Select(name => name.ToLowerInvariant()).Except(ours));
        Assert.NotNull(answer.Header("openai-processing-ms"));
    }

    [Fact]
    public async Task Says_who_answered()
    {
        var model = RunningGateway.Tagged("sim-503");
        var answer = await gateway.ChatAsync(Requests.Body($"sim/{model}", """ "fallbacks":["openai/gpt-4o"] """));
        Assert.Equal(200, answer.Status);
        Assert.Equal(("openai", "gpt-4o", "1"),
            (answer.Header("x-bifrost-provider"), answer.Header("x-bifrost-resolved-model"), answer.Header("x-bifrost-fallback-index")));
    }

    [Theory]
    [InlineData("my-id_1.2:3", true)]
    [InlineData("has space", false)]
    [InlineData("<script>", false)]
    public async Task Keeps_a_sane_request_id_and_makes_one_otherwise(string id, bool kept)
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim"), ("x-request-id", id));
        if (kept) Assert.Equal(id, answer.Header("x-request-id"));
        else Assert.True(Guid.TryParse(answer.Header("x-request-id"), out var made) && made.Version == 7);
    }

    [Fact]
    public async Task An_overlong_request_id_is_replaced() =>
        Assert.True(Guid.TryParse((await gateway.ChatAsync(Requests.Body("sim/sim"), ("x-request-id", new string('a', 129)))).Header("x-request-id"), out _));

    [Fact]
    public async Task Shows_the_rate_windows_of_the_key()
    {
        var answer = await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), ("x-bf-vk", RunningGateway.RareKey));
        Assert.Equal(200, answer.Status);
        Assert.Equal(("1", "0", "1000000"),
            (answer.Header("x-ratelimit-limit-requests"), answer.Header("x-ratelimit-remaining-requests"), answer.Header("x-ratelimit-limit-tokens")));
        Assert.Matches(@"^(\d+h)?(\d+m)?\d+s$", answer.Header("x-ratelimit-reset-requests"));

        var limited = (await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), ("x-bf-vk", RunningGateway.RareKey))).IsError(429, "request_limited");
        Assert.InRange(int.Parse(limited.Header("Retry-After")!, null), 1, 3_600);
    }

    [Fact]
    public async Task Gives_raw_bodies_only_where_asked_for_and_allowed()
    {
        var asked = await gateway.ChatAsync(Requests.Body("sim/sim"), ("x-bf-send-back-raw-request", "true"), ("x-bf-send-back-raw-response", "true"));
        var extra = asked.Json.GetProperty("extra_fields");
        Assert.True(extra.TryGetProperty("raw_request", out _) && extra.TryGetProperty("raw_response", out _));

        var unasked = (await gateway.ChatAsync(Requests.Body("sim/sim"))).Json.GetProperty("extra_fields");
        Assert.False(unasked.TryGetProperty("raw_request", out _) || unasked.TryGetProperty("raw_response", out _));

        var forbidden = await gateway.ChatAsync(Requests.Body("openai/gpt-4o"), ("x-bf-send-back-raw-request", "true"), ("x-bf-send-back-raw-response", "true"));
        Assert.False(forbidden.Json.GetProperty("extra_fields").TryGetProperty("raw_request", out _));
    }
}
