using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Bifrost.Simulator.Tests;

public sealed class FaultTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData("sim-400", 400, "invalid_request_error", null)]
    [InlineData("sim-401", 401, "invalid_request_error", "invalid_api_key")]
    [InlineData("sim-403", 403, "permission_error", "access_denied")]
    [InlineData("sim-404", 404, "invalid_request_error", "model_not_found")]
    [InlineData("sim-no-such-clause", 404, "invalid_request_error", "model_not_found")]
    [InlineData("sim-408", 408, "invalid_request_error", null)]
    [InlineData("sim-422", 422, "invalid_request_error", null)]
    [InlineData("sim-429", 429, "requests", "rate_limit_exceeded")]
    [InlineData("sim-quota", 429, "insufficient_quota", "insufficient_quota")]
    [InlineData("sim-500", 500, "server_error", null)]
    [InlineData("sim-503", 503, "server_error", null)]
    [InlineData("sim-context", 400, "invalid_request_error", "context_length_exceeded")]
    [InlineData("sim-filter-400", 400, "invalid_request_error", "content_filter")]
    [InlineData("sim-error-200", 200, "server_error", "internal_error")]
    public async Task Error_models_answer_their_status_and_object_plain_and_streamed(string model, int status, string type, string? code)
    {
        foreach (var more in new[] { "", Chat.Stream })
        {
            using var response = await simulator.OpenAsync(model, more);
            var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");

            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal((type, code), (error.Text("type"), error.Text("code")));
            Assert.NotEmpty(error.Text("message")!);
            Assert.Null(response.Headers.RetryAfter);
        }
    }

    [Fact]
    public async Task Retry_hints_come_in_each_form()
    {
        using var seconds = await simulator.OpenAsync("sim-429-retry-2");
        Assert.Equal(TimeSpan.FromSeconds(2), seconds.Headers.RetryAfter!.Delta);
        using var date = await simulator.OpenAsync("sim-503-retry-date-60");
        Assert.InRange(date.Headers.RetryAfter!.Date!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(61));
        using var ms = await simulator.OpenAsync("sim-429-retry-ms-250");
        Assert.Equal("250", ms.Headers.GetValues("retry-after-ms").Single());
    }

    [Theory]
    [InlineData("sim-html", 200, "text/html", "<html>")]
    [InlineData("sim-html-502", 502, "text/html", "<html>")]
    [InlineData("sim-empty", 200, "application/json", "")]
    [InlineData("sim-empty-object", 200, "application/json", "{}")]
    [InlineData("sim-nostream", 200, "application/json", "{\"id\":")]
    public async Task Wrong_bodies_answer_a_request_for_a_stream(string model, int status, string type, string start)
    {
        using var response = await simulator.OpenAsync(model, Chat.Stream);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        var body = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(start, body, StringComparison.Ordinal);
        if (start.Length == 0) Assert.Empty(body);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("", "[]")]
    [InlineData("", "{\"model\":\"sim\",\"messages\":[")]
    [InlineData("", "{\"model\":3,\"messages\":[{}]}")]
    [InlineData("model", "{\"messages\":[{}]}")]
    [InlineData("messages", "{\"model\":\"sim\",\"messages\":[]}")]
    [InlineData("messages", "{\"model\":\"sim-echo\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}")]
    [InlineData("n", "{\"model\":\"sim\",\"messages\":[{}],\"n\":0}")]
    [InlineData("max_tokens", "{\"model\":\"sim\",\"messages\":[{}],\"max_tokens\":0}")]
    public async Task Bad_requests_are_refused_with_a_reason(string param, string body)
    {
        using var response = await simulator.Client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        if (param.Length > 0) Assert.Equal(param, error.Text("param"));
    }

    [Theory]
    [InlineData("sim-reset", "")]
    [InlineData("sim-reset", Chat.Stream)]
    public async Task Reset_breaks_the_connection_before_the_status(string model, string more)
    {
        var broken = await Assert.ThrowsAsync<HttpRequestException>(() => simulator.OpenAsync(model, more));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.GetBaseException()).SocketErrorCode);
    }

    [Theory]
    [InlineData("sim-reset-headers", "", true)]
    [InlineData("sim-reset-headers", Chat.Stream, true)]
    [InlineData("sim-reset-after-3", "", true)]
    [InlineData("sim-reset-after-3", Chat.Stream, true)]
    [InlineData("sim-close-after-3", "", false)]
    [InlineData("sim-close-after-3", Chat.Stream, false)]
    public async Task Broken_bodies_break_after_the_headers(string model, string more, bool byReset)
    {
        using var response = await simulator.OpenAsync(model, more);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var (body, end) = await ReadToBreakAsync(response);

        Assert.NotNull(end);
        Assert.Equal(byReset, end.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset });
        if (more == Chat.Stream) Assert.Equal(model.EndsWith("headers", StringComparison.Ordinal) ? 0 : 3, Chat.ContentChunks(body));
        else Assert.Equal(model.EndsWith("headers", StringComparison.Ordinal), body.Length == 0);
    }

    [Theory]
    [InlineData("sim-cut-after-0", 0)]
    [InlineData("sim-cut-after-3", 3)]
    [InlineData("sim-words-2-cut-after-9", 2)]
    public async Task A_cut_stream_ends_regularly_without_finish_and_end_mark(string model, int chunks)
    {
        var body = await simulator.StreamAsync(model, Chat.WithUsage);

        Assert.Equal(chunks, Chat.ContentChunks(body));
        Assert.DoesNotContain("[DONE]", body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"stop\"", body, StringComparison.Ordinal);
        using var plain = await simulator.OpenAsync(model);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(plain.Content.ReadAsStream()));
    }

    [Fact]
    public async Task A_bad_chunk_comes_at_its_place_and_the_rest_after_it()
    {
        var events = Chat.Events(await simulator.StreamAsync("sim-words-5-badchunk-after-2"));

        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(events[3]));
        Assert.Contains("w000002", events[4], StringComparison.Ordinal);
        Assert.Equal("[DONE]", events[^1]);
        using var plain = await simulator.OpenAsync("sim-badchunk-after-2");
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(plain.Content.ReadAsStream()));
    }

    [Fact]
    public async Task An_error_event_is_the_last_one()
    {
        var events = Chat.Events(await simulator.StreamAsync("sim-error-after-2"));

        Assert.Equal(4, events.Count);
        Assert.Equal("server_error", JsonDocument.Parse(events[^1]).RootElement.GetProperty("error").Text("type"));
        Assert.Equal("server_error", (await simulator.AskAsync("sim-error-after-2")).GetProperty("error").Text("type"));
    }

    [Fact]
    public async Task A_stalled_stream_sends_its_chunks_and_then_nothing_until_the_client_leaves()
    {
        var id = SimulatorFixture.NewId();
        using (var response = await simulator.OpenAsync("sim-words-9-stall-after-2", Chat.Stream, id))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            using var reader = new StreamReader(body);
            for (var line = ""; !line.Contains("w000001", StringComparison.Ordinal);) line = await reader.ReadLineAsync() ?? throw new InvalidOperationException("It ended.");
            Assert.Equal("", await reader.ReadLineAsync());
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadLineAsync(patience.Token));
        }
        Assert.Equal(("faulted", 2), Of(await simulator.BillLineAsync(id)));

        static (string?, int) Of(JsonElement line) => (line.Text("outcome"), line.Number("chunks"));
    }

    [Theory]
    [InlineData("sim-silence", "")]
    [InlineData("sim-silence", Chat.Stream)]
    public async Task Silence_lasts_until_the_client_leaves(string model, string more)
    {
        var id = SimulatorFixture.NewId();
        await simulator.LeaveAsync(model, more, id);

        var line = await simulator.BillLineAsync(id);
        Assert.Equal(("faulted", "received", 0), (line.Text("outcome"), line.Text("reach"), line.Number("total_tokens")));
    }

    [Theory]
    [InlineData("sim-once-503", "503 200 200 200 200 200")]
    [InlineData("sim-first-3", "500 500 500 200 200 200")]
    [InlineData("sim-flap-429-retry-0", "429 200 429 200 429 200")]
    [InlineData("sim-every-3-404", "404 200 200 404 200 200")]
    [InlineData("sim-first-3-every-2", "500 200 500 200 200 200")]
    public async Task Gated_faults_meet_the_calls_they_should_for_each_name_and_user(string model, string statuses)
    {
        var named = model + "-tag-" + SimulatorFixture.NewId();
        foreach (var user in new[] { "", ",\"user\":\"other\"" })
        {
            var seen = new List<string>();
            for (var i = 0; i < 6; i++)
            {
                using var response = await simulator.OpenAsync(named, user);
                seen.Add(((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            }
            Assert.Equal(statuses, string.Join(' ', seen));
        }
    }

    private static async Task<(string Body, Exception? End)> ReadToBreakAsync(HttpResponseMessage response)
    {
        var received = new MemoryStream();
        await using var body = await response.Content.ReadAsStreamAsync();
        try
        {
            await body.CopyToAsync(received);
            return (Encoding.UTF8.GetString(received.ToArray()), null);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (Encoding.UTF8.GetString(received.ToArray()), e);
        }
    }
}
