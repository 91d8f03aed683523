namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>What is refused before there is a job, by header and by path alike.</summary>
[Collection<SharedGateway>]
public class Refusals(RunningGateway gateway)
{
    public static TheoryData<string, string, int, string, string?> Bodies => new()
    {
        { "stream", Requests.Body("sim/sim-echo", "\"stream\":true"), 400, "invalid_request_error", "stream" },
        { "no JSON", "{", 400, "invalid_request_error", null },
        { "no messages", """{"model":"sim/sim-echo"}""", 400, "invalid_request_error", "messages" },
        { "a bad field", Requests.Body("sim/sim-echo", "\"temperature\":3"), 400, "invalid_request_error", "temperature" },
        { "an unknown fallback", Requests.Body("sim/sim-echo", "\"fallbacks\":[\"nobody/x\"]"), 400, "invalid_request_error", "fallbacks" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_what_it_is_without_a_job(string what, string body, int status, string type, string? param)
    {
        foreach (var answer in new[] { await gateway.SubmitAsync(body), await gateway.SubmitByPathAsync(body) })
        {
            Assert.True(answer.Status == status, $"{what}: {answer.Body}");
            Assert.Equal(param, answer.IsError(status, type).Json.GetProperty("error").GetProperty("param").GetString());
        }
    }

    [Theory]
    [InlineData(RunningGateway.NarrowKey, "sim/sim-words-2", 403, "model_blocked")]
    [InlineData(RunningGateway.NarrowKey, "openai/gpt-4o", 403, "provider_blocked")]
    [InlineData(RunningGateway.OffKey, "sim/sim-echo", 403, "access_blocked")]
    [InlineData(RunningGateway.ExpiredKey, "sim/sim-echo", 403, "access_blocked")]
    [InlineData("sk-bf-unknown", "sim/sim-echo", 403, "access_not_found")]
    public async Task A_key_that_could_never_run_it_is_refused_at_once(string key, string model, int status, string type)
    {
        (await gateway.PostAsync(Requests.Chat, Requests.Body(model), ("x-bf-vk", key), ("x-bf-async", "true"))).IsError(status, type);
        (await gateway.PostAsync(JobCalls.Path, Requests.Body(model), ("x-bf-vk", key))).IsError(status, type);
    }

    [Fact]
    public async Task One_target_that_the_key_may_use_is_enough()
    {
        var body = Requests.Body("openai/gpt-4o", "\"fallbacks\":[\"sim/sim-echo\"]");
        var answer = await gateway.PostAsync(Requests.Chat + "?wait=20", body, ("x-bf-vk", RunningGateway.NarrowKey), ("x-bf-async", "true"));
        Assert.Equal("1", answer.Header("x-bifrost-fallback-index"));
    }

    [Fact]
    public async Task Without_a_credential_nothing_is_submitted_polled_listed_or_cancelled()
    {
        (await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), ("x-bf-async", "true"))).IsError(401, "virtual_key_required");
        (await gateway.PostAsync(JobCalls.Path, Requests.Body("sim/sim-echo"))).IsError(401, "virtual_key_required");
        (await gateway.GetAsync($"{JobCalls.Path}/x")).IsError(401, "virtual_key_required");
        (await gateway.GetAsync("/v1/async/jobs")).IsError(401, "virtual_key_required");
    }

    [Fact]
    public async Task Keys_that_were_switched_off_poll_no_more() =>
        (await gateway.GetJobAsync("0198c0de-0000-7000-8000-000000000000", key: RunningGateway.OffKey)).IsError(403, "access_blocked");

    [Fact]
    public async Task A_providers_own_key_is_not_kept_for_later()
    {
        await using var direct = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"allow_direct_keys":true}"""));
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(direct.Address, Requests.Chat)) { Content = new StringContent(Requests.Body("openai/gpt-4o")) };
        (await gateway.SendAsync(request, ("Authorization", "Bearer sk-own"), ("x-bf-async", "true"), ("Content-Type", "application/json")))
            .IsError(400, "invalid_request_error");
    }

    [Theory]
    [InlineData("GET", JobCalls.Path, "POST")]
    [InlineData("POST", JobCalls.Path + "/0198c0de-0000-7000-8000-000000000000", "GET, HEAD, DELETE")]
    [InlineData("DELETE", "/v1/async/jobs", "GET, HEAD")]
    public async Task Another_method_is_a_405_that_says_which_is_right(string method, string path, string allow)
    {
        var answer = await gateway.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path)));
        Assert.Equal(allow, answer.IsError(405, "method_not_allowed").Header("Allow"));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("1.5")]
    public async Task A_wait_that_is_no_number_is_a_400(string wait) =>
        Assert.Equal("wait", (await gateway.GetJobAsync("x", $"?wait={wait}")).IsError(400, "invalid_request_error").Json.GetProperty("error").GetProperty("param").GetString());
}
