using System.Net;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Billing;

namespace Bifrost.Simulator.Tests;

public sealed class BillTests(SimulatorFixture simulator)
{
    private static readonly int s_prompt = Chat.Tokens(Chat.Hello.Length);

    [Theory]
    [InlineData("sim", "", 28, 0)]
    [InlineData("sim", Chat.Stream, 28, 14)]
    [InlineData("sim-1kb", "", 256, 0)]
    [InlineData("sim-1kb", Chat.Stream + Chat.WithUsage, 256, 16)]
    [InlineData("sim-reasoning-12", Chat.Stream, 40, 14)]
    [InlineData("sim-no-usage", Chat.Stream, 28, 14)]
    [InlineData("sim-1kb", ",\"max_tokens\":7", 7, 0)]
    [InlineData("sim-100b-delay-5ms", ",\"n\":2", 50, 0)]
    public async Task A_whole_answer_is_billed_as_its_usage_says(string model, string more, int completion, int chunks)
    {
        var id = SimulatorFixture.NewId();
        using (var response = await simulator.OpenAsync(model, more, id)) await response.Content.ReadAsByteArrayAsync();

        var line = await simulator.BillLineAsync(id);
        Assert.Equal((model, "completed", "end", 200), (line.Text("model"), line.Text("outcome"), line.Text("reach"), line.Number("status")));
        Assert.Equal((s_prompt, completion, s_prompt + completion), (line.Number("prompt_tokens"), line.Number("completion_tokens"), line.Number("total_tokens")));
        Assert.Equal(chunks, line.Number("chunks"));
        Assert.Equal(more.Contains("true", StringComparison.Ordinal), line.GetProperty("stream").GetBoolean());
        Assert.Equal(!more.StartsWith(Chat.Stream, StringComparison.Ordinal) || more.Contains("usage", StringComparison.Ordinal), line.GetProperty("usage_sent").GetBoolean());
    }

    [Theory]
    [InlineData("sim-1kb-lies-zero", "", 256)]
    [InlineData("sim-1kb-lies-negative", Chat.Stream + Chat.WithUsage, 256)]
    [InlineData("sim-1kb-lies-huge", "", 256)]
    [InlineData("sim-1kb-lies-late", Chat.Stream + Chat.WithUsage, 256)]
    [InlineData("sim-1kb-usage-names", "", 256)]
    [InlineData("sim-1kb-unlimited", ",\"max_tokens\":7", 256)]
    [InlineData("sim-1kb-reasoning-100-hidden", Chat.Stream, 356)]
    public async Task The_bill_is_true_whatever_the_answer_says(string model, string more, int completion)
    {
        var id = SimulatorFixture.NewId();
        string body;
        using (var response = await simulator.OpenAsync(model, more, id)) body = await response.Content.ReadAsStringAsync();

        var line = await simulator.BillLineAsync(id);
        Assert.Equal((s_prompt, completion), (line.Number("prompt_tokens"), line.Number("completion_tokens")));
        if (model.Contains("lies", StringComparison.Ordinal)) Assert.Matches("\"(prompt|completion)_tokens\":(0|-|1e300)", body);
        Assert.DoesNotContain("reasoning\":", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sim-words-10-cut-after-3", 6)]
    [InlineData("sim-words-10-runs-on-cut-after-3", 20)]
    [InlineData("sim-words-10-reasoning-100-hidden-cut-after-3", 106)]
    public async Task What_was_thought_is_billed_with_what_was_sent_and_what_runs_on_whole(string model, int completion)
    {
        var id = SimulatorFixture.NewId();
        using (var response = await simulator.OpenAsync(model, Chat.Stream, id)) await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(completion, (await simulator.BillLineAsync(id)).Number("completion_tokens"));
    }

    [Theory]
    [InlineData("sim-words-10-cut-after-3", "chunks", 3, 6)]
    [InlineData("sim-words-10-reset-after-3", "chunks", 3, 6)]
    [InlineData("sim-words-10-error-after-3", "chunks", 3, 6)]
    [InlineData("sim-words-10-out-7-cut-after-3", "chunks", 3, 3)]
    [InlineData("sim-words-10-badchunk-after-3", "chunks", 10, 20)]
    [InlineData("sim-reset-headers", "headers", 0, 0)]
    public async Task A_broken_stream_is_billed_for_what_was_sent(string model, string reach, int chunks, int completion)
    {
        var id = SimulatorFixture.NewId();
        try
        {
            using var response = await simulator.OpenAsync(model, Chat.Stream, id);
            await response.Content.ReadAsByteArrayAsync();
        }
        catch (HttpRequestException)
        {
            // Some of them break the connection.
        }

        var line = await simulator.BillLineAsync(id);
        Assert.Equal(("faulted", reach, chunks), (line.Text("outcome"), line.Text("reach"), line.Number("chunks")));
        Assert.Equal((s_prompt, completion), (line.Number("prompt_tokens"), line.Number("completion_tokens")));
        Assert.False(line.GetProperty("usage_sent").GetBoolean() && model.Contains("cut", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sim-503", 503)]
    [InlineData("sim-429-retry-1", 429)]
    [InlineData("sim-not-there", 404)]
    [InlineData("sim-error-200", 200)]
    [InlineData("sim-error-after-3", 200)]
    public async Task A_refused_call_stands_on_the_bill_and_costs_nothing(string model, int status)
    {
        var id = SimulatorFixture.NewId();
        using (await simulator.OpenAsync(model, "", id)) { }

        var line = await simulator.BillLineAsync(id);
        Assert.Equal(("refused", status, 0), (line.Text("outcome"), line.Number("status"), line.Number("total_tokens")));
        Assert.False(line.GetProperty("usage_sent").GetBoolean());
    }

    [Theory]
    [InlineData("sim-503-charged", "", 503, "refused", 12)]
    [InlineData("sim-503-charged", Chat.Stream, 503, "refused", 12)]
    [InlineData("sim-error-200-charged", "", 200, "refused", 12)]
    [InlineData("sim-words-4-error-after-1-charged", "", 200, "refused", 12)]
    [InlineData("sim-words-4-error-after-1-charged", Chat.Stream, 200, "faulted", 3)]
    public async Task A_charged_error_is_billed_exactly_what_it_says(string model, string more, int status, string outcome, int completion)
    {
        var id = SimulatorFixture.NewId();
        using var response = await simulator.OpenAsync(model + "-tokens-57-cached-8-out-12", more, id);
        var body = await response.Content.ReadAsStringAsync();
        var said = status == 200 && more.Length > 0 ? Chat.Events(body)[^1] : body;
        var usage = JsonDocument.Parse(said).RootElement.GetProperty("usage");
        Assert.Equal((57, completion), (usage.Number("prompt_tokens"), usage.Number("completion_tokens")));

        var line = await simulator.BillLineAsync(id);
        Assert.Equal((outcome, status), (line.Text("outcome"), line.Number("status")));
        Assert.Equal((57, completion, 8), (line.Number("prompt_tokens"), line.Number("completion_tokens"), line.Number("cached_tokens")));
        Assert.True(line.GetProperty("usage_sent").GetBoolean());
    }

    [Fact]
    public async Task A_stream_that_its_client_leaves_is_billed_up_to_there()
    {
        var id = SimulatorFixture.NewId();
        using (var response = await simulator.OpenAsync("sim-paced-4000x5ms", Chat.Stream, id))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[2000]);
        }

        var line = await simulator.BillLineAsync(id);
        Assert.Equal(("aborted", "chunks"), (line.Text("outcome"), line.Text("reach")));
        Assert.InRange(line.Number("chunks"), 1, 3999);
        Assert.Equal(line.Number("chunks") * 2, line.Number("completion_tokens"));
    }

    [Fact]
    public async Task A_plain_answer_is_billed_in_full_though_its_client_left()
    {
        var id = SimulatorFixture.NewId();
        await simulator.LeaveAsync("sim-100b-delay-60s", "", id);

        var line = await simulator.BillLineAsync(id);
        Assert.Equal(("aborted", "received", s_prompt + 25), (line.Text("outcome"), line.Text("reach"), line.Number("total_tokens")));
    }

    [Fact]
    public async Task Lines_keep_their_order_go_at_the_limit_and_at_a_reset()
    {
        await using var app = SimulatorHost.Create(new SimulatorOptions { BillLinesMax = 3 });
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = SimulatorHost.AddressOf(app) };
        for (var i = 0; i < 5; i++)
            using (await client.SendAsync(SimulatorFixture.Request("sim", id: $"call-{i}"))) { }

        using var bill = await client.GetAsync("/bill");
        Assert.Equal(["call-2", "call-3", "call-4"], Chat.Lines(await bill.Content.ReadAsStringAsync()).Select(line => line.Text("request_id")));
        Assert.Equal("2", bill.Headers.GetValues("x-bill-dropped").Single());

        using (await client.PostAsync("/bill/reset", null)) { }
        using var after = await client.GetAsync("/bill");
        Assert.Empty(await after.Content.ReadAsStringAsync());
        Assert.Equal("0", after.Headers.GetValues("x-bill-dropped").Single());
        await app.StopAsync();
    }

    [Fact]
    public async Task The_file_has_every_final_line_and_is_appended_to_by_the_next_process()
    {
        var file = Path.Combine(Path.GetTempPath(), $"bill-{SimulatorFixture.NewId()}.jsonl");
        try
        {
            for (var run = 0; run < 2; run++)
            {
                await using var app = SimulatorHost.Create(new SimulatorOptions { BillFile = file });
                await app.StartAsync();
                using var client = new HttpClient { BaseAddress = SimulatorHost.AddressOf(app) };
                await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
                {
                    using var response = await client.SendAsync(SimulatorFixture.Request(i % 2 == 0 ? "sim" : "sim-503", id: $"run-{run}-{i}"));
                }));
                await app.StopAsync();
            }

            var lines = Chat.Lines(await File.ReadAllTextAsync(file)).ToArray();
            Assert.Equal(100, lines.Select(line => line.Text("request_id")).Distinct().Count());
            Assert.Equal(50, lines.Count(line => line.Text("outcome") == "completed"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_stop_waits_until_every_line_is_in_the_file()
    {
        const int lines = 20_000;
        var path = Path.Combine(Path.GetTempPath(), $"bill-{SimulatorFixture.NewId()}.jsonl");
        try
        {
            var file = new BillFile(path);
            await file.StartAsync(CancellationToken.None);
            for (var i = 0; i < lines; i++) await file.AppendAsync(new BillLine(i, DateTimeOffset.UnixEpoch, "id"));
            await file.StopAsync(CancellationToken.None);

            Assert.Equal(lines, (await File.ReadAllLinesAsync(path)).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Recorded_calls_show_the_headers_and_the_body_that_came()
    {
        var id = SimulatorFixture.NewId();
        var request = SimulatorFixture.Request("sim-echo", ",\"odd\": [1, 2]", id);
        request.Headers.Add("X-Odd", ["a", "b"]);
        using (await simulator.Client.SendAsync(request)) { }

        var call = JsonDocument.Parse(await simulator.Client.GetStringAsync($"/calls/{id}")).RootElement;
        Assert.Equal($"{{\"model\":\"sim-echo\",\"messages\":{Chat.Hello},\"odd\": [1, 2]}}", call.Text("body"));
        Assert.Equal("a, b", string.Join(", ", call.GetProperty("headers").GetProperty("x-odd").EnumerateArray().Select(value => value.GetString())));
        Assert.Contains(Chat.Lines(await simulator.Client.GetStringAsync("/calls")), line => line.Text("request_id") == id);
        Assert.Equal(HttpStatusCode.NotFound, (await simulator.Client.GetAsync("/calls/unknown")).StatusCode);
    }

    [Fact]
    public async Task Keeps_no_calls_unless_told_and_no_more_bytes_than_told()
    {
        await using var silent = SimulatorHost.Create(new SimulatorOptions());
        await silent.StartAsync();
        await using var small = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 10, RecordedBytesMax = 200 });
        await small.StartAsync();
        using var client = new HttpClient();
        foreach (var app in new[] { silent, small })
            for (var i = 0; i < 5; i++)
                using (await client.PostAsync(new Uri(SimulatorHost.AddressOf(app), "/chat/completions"), new StringContent($"{{\"model\":\"sim\",\"messages\":{Chat.Hello}}}", Encoding.UTF8))) { }

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(SimulatorHost.AddressOf(silent), "/calls"))).StatusCode);
        Assert.Equal(3, Chat.Lines(await client.GetStringAsync(new Uri(SimulatorHost.AddressOf(small), "/calls"))).Count());
        await silent.StopAsync();
        await small.StopAsync();
    }
}
