using System.Text;

namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class ErrorStatuses(RunningGateway gateway)
{
    /// <summary>Each row: what is wrong with a body, and the field that the error must name.</summary>
    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("nonsense", null)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "model")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"x"}]}""", "model")]
    [InlineData("""{"model":"sim/sim"}""", "messages")]
    [InlineData("""{"model":"sim/sim","messages":[]}""", "messages")]
    [InlineData("""{"model":"sim/sim","messages":"hi"}""", "messages")]
    [InlineData("@\"temperature\":2.1", "temperature")]
    [InlineData("@\"frequency_penalty\":-2.5", "frequency_penalty")]
    [InlineData("@\"presence_penalty\":\"1\"", "presence_penalty")]
    [InlineData("@\"reasoning_effort\":7", "reasoning_effort")]
    [InlineData("@\"tool_choice\":\"perhaps\"", "tool_choice")]
    [InlineData("@\"stop\":5", "stop")]
    [InlineData("@\"n\":0", "n")]
    [InlineData("@\"max_tokens\":0", "max_tokens")]
    [InlineData("@\"max_completion_tokens\":1.5", "max_completion_tokens")]
    [InlineData("@\"stream\":\"yes\"", "stream")]
    [InlineData("@\"model\":\"sim/other\"", "model")]
    [InlineData("@\"Model\":\"sim/other\"", "model")]
    [InlineData("@\"fallbacks\":[5]", "fallbacks")]
    public async Task A_bad_body_is_a_400_that_names_the_field(string body, string? param)
    {
        var text = body.StartsWith('@') ? Requests.Body("sim/sim", body[1..]) : body;
        var error = (await gateway.ChatAsync(text)).IsError(400, "invalid_request_error").Json.GetProperty("error");
        var said = error.GetProperty("param").GetString();
        if (param is null) Assert.Null(said);
        else Assert.StartsWith(param, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_a_400()
    {
        byte[] body = [.. "{\"model\":\"sim/sim\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xff, 0xfe, .. "\"}]}"u8];
        (await gateway.PostAsync(Requests.Chat, body, ("x-bf-vk", RunningGateway.OpenKey))).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        byte[] body = [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Requests.Body("sim/sim"))];
        Assert.Equal(200, (await gateway.PostAsync(Requests.Chat, body, ("x-bf-vk", RunningGateway.OpenKey))).Status);
    }

    [Fact]
    public async Task Nesting_has_a_limit()
    {
        var deep = new string('[', 200) + new string(']', 200);
        (await gateway.ChatAsync(Requests.Body("sim/sim", $"\"metadata\":{{\"x\":{deep}}}"))).IsError(400, "invalid_request_error");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("text/plain", 200)]
    [InlineData("application/x-www-form-urlencoded", 200)]
    [InlineData("application/vnd.api+json", 200)]
    [InlineData("rubbish", 200)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    public async Task The_content_type_is_judged_leniently(string type, int status)
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim"), ("Content-Type", type));
        if (status == 200) Assert.Equal(200, answer.Status);
        else answer.IsError(415, "invalid_request_error");
    }

    [Fact]
    public async Task An_encoded_body_is_refused_clearly()
    {
        (await gateway.ChatAsync(Requests.Body("sim/sim"), ("Content-Encoding", "gzip"))).IsError(415, "invalid_request_error");
        Assert.Equal(200, (await gateway.ChatAsync(Requests.Body("sim/sim"), ("Content-Encoding", "identity"))).Status);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_a_413_announced_or_not()
    {
        await using var small = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"max_request_body_size_mb":1}"""));
        var body = Encoding.ASCII.GetBytes(Requests.Body("sim/sim", $"\"user\":\"{new string('a', 1_100_000)}\""));
        foreach (var announced in new[] { true, false })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(small.Address, Requests.Chat)) { Content = new ByteArrayContent(body) };
            request.Headers.TransferEncodingChunked = !announced;
            (await gateway.SendAsync(request, ("x-bf-vk", RunningGateway.OpenKey))).IsError(413, "request_too_large");
        }
    }

    [Theory]
    [InlineData("sim-400", 400)]
    [InlineData("sim-404", 404)]
    [InlineData("sim-422", 422)]
    [InlineData("sim-429", 429)]
    [InlineData("sim-500", 500)]
    [InlineData("sim-503", 503)]
    [InlineData("sim-context", 400)]
    [InlineData("sim-quota", 429)]
    [InlineData("sim-filter-400", 400)]
    public async Task A_providers_error_keeps_its_status_and_says_that_it_is_the_providers(string model, int status)
    {
        var answer = await gateway.ChatAsync(Requests.Body($"sim/{model}"));
        Assert.Equal(status, answer.Status);
        Answer.CheckError(answer.Json, status, null);
        Assert.False(answer.Json.GetProperty("is_bifrost_error").GetBoolean());
        Assert.Equal("sim", answer.Json.GetProperty("extra_fields").GetProperty("provider").GetString());
        Assert.Equal("sim", answer.Header("x-bifrost-provider"));
    }

    [Fact]
    public async Task The_providers_retry_after_comes_through()
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim-429-retry-7"));
        Assert.Equal((429, "7"), (answer.Status, answer.Header("Retry-After")));
    }

    [Theory]
    [InlineData("sim/sim-reset", 502, "provider_unavailable")]
    [InlineData("sim/sim-html", 502, "provider_unavailable")]
    [InlineData("sim/sim-empty", 502, "provider_unavailable")]
    [InlineData("sim/sim-empty-object", 502, "provider_unavailable")]
    [InlineData("sim/sim-close-after-1", 502, "provider_unavailable")]
    [InlineData("silent-2s/sim-silence", 504, "request_timed_out")]
    public async Task What_is_no_answer_is_an_honest_error(string model, int status, string type) =>
        (await gateway.ChatAsync(Requests.Body(model))).IsError(status, type);

    [Fact]
    public async Task A_budget_that_cannot_pay_is_a_402_that_no_sdk_repeats()
    {
        var answer = await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), ("x-bf-vk", RunningGateway.PoorKey));
        Assert.Equal("false", answer.IsError(402, "budget_exceeded").Header("x-should-retry"));
    }

    [Fact]
    public async Task A_key_that_takes_all_of_the_room_for_bodies_is_a_429_with_retry_after()
    {
        var json = RunningGateway.Configuration(gateway.Simulator).Replace("\"governance\":", "\"limits\":{\"buffered_bodies_mb\":1},\"governance\":", StringComparison.Ordinal);
        await using var narrow = await RunningGateway.StartAsync(json);
        var body = Encoding.ASCII.GetBytes(Requests.Body("sim/sim", $"\"user\":\"{new string('a', 1_500_000)}\""));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(narrow.Address, Requests.Chat)) { Content = new ByteArrayContent(body) };
        Assert.Equal("1", (await gateway.SendAsync(request, ("x-bf-vk", RunningGateway.OpenKey))).IsError(429, "concurrency_limited").Header("Retry-After"));

        using var next = new HttpRequestMessage(HttpMethod.Post, new Uri(narrow.Address, Requests.Chat)) { Content = new StringContent(Requests.Body("sim/sim")) };
        Assert.Equal(200, (await gateway.SendAsync(next, ("x-bf-vk", RunningGateway.OpenKey))).Status);
    }
}
