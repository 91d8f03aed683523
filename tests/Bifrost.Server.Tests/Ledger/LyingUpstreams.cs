using System.Globalization;
using System.Text.Json;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>What the real server books of upstreams that tell their usage wrongly, in other words or not at all, against what they truly produced.</summary>
public sealed class LyingUpstreams : IAsyncLifetime
{
    private const string Key = "sk-bf-lied-to-0123456789abcdef";
    private const long InputNanos = 1_000;
    private const long OutputNanos = 2_000;

    /// <summary>Writes 1 800 tokens whatever the limit is.</summary>
    private const string Unlimited = "sim-words-900-unlimited";

    private const string Left = "sim-reasoning-600-hidden-delay-200ms-paced-10x50ms";

    /// <summary>A completion of 10 + 5 tokens.</summary>
    private const string Completion = """
        {"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}
        """;

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly WebApplication _odd = CreateOdd();
    private readonly HttpClient _http = new();
    private AdminServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        await _simulator.StartAsync();
        await _odd.StartAsync();
        _server = await AdminServer.StartAsync(new AdminServerOptions
        {
            Configuration = JsonSerializer.Serialize(new
            {
                providers = new { sim = Provider(SimulatorHost.AddressOf(_simulator)), odd = Provider(new Uri(_odd.Urls.First())) },
                governance = new
                {
                    virtual_keys = new[]
                    {
                        new { id = "vk", value = Key, allow_all_providers = true, budgets = new[] { new { id = "b", max_limit = 1_000, reset_duration = "1Y" } } },
                    },
                },
                pricing = Models.Concat(Truths).Concat(Cut).Select(row => "sim/" + row.Data).Concat(["sim/" + Left, "sim/" + Unlimited, "odd/text", "odd/stream", "odd/object", "odd/page-502", "odd/page-504", "odd/page-503"]).Distinct()
                    .ToDictionary(model => model, _ => new
                    {
                        input_cost_per_token = InputNanos / 1e9, output_cost_per_token = OutputNanos / 1e9, max_output_tokens = 2_000, max_input_tokens = 100_000, tokens_per_byte = 1,
                    }),
            }),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _simulator.DisposeAsync();
        await _odd.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>Usages that are not what was produced.</summary>
    public static TheoryData<string> Models => new(
        "sim-400b-lies-zero", "sim-400b-lies-negative", "sim-400b-lies-huge", "sim-400b-no-usage", "sim-400b-usage-total");

    /// <summary>Usages that are, but not in the usual words or only once.</summary>
    public static TheoryData<string> Truths => new("sim-400b-usage-names", "sim-400b-usage-texts", "sim-400b-usage-running", "sim-400b-lies-late");

    /// <summary>Streams that end early, some of models that think where nobody sees it.</summary>
    public static TheoryData<string> Cut => new(
        "sim-words-10-cut-after-1", "sim-words-10-no-usage-cut-after-9", "sim-reasoning-600-hidden-delay-200ms-words-10-cut-after-1",
        "sim-reasoning-600-hidden-delay-200ms-words-10-reset-headers", "sim-words-400-unlimited-cut-after-3");

    /// <summary>Zeros and negative numbers cost nothing, 1e300 tokens cost 3 000 USD.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public async Task Books_no_less_than_was_produced_and_marks_it(string model)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var entry = await CallAsync("sim", model, stream);
            var truth = await TruthAsync(model, stream);
            Assert.True(entry.GetProperty("estimated").GetBoolean(), entry.GetRawText());
            Assert.InRange(entry.GetProperty("cost_nanos").GetInt64(), truth, (100_000 * InputNanos) + (2_000 * OutputNanos));
        }
    }

    [Theory]
    [MemberData(nameof(Truths))]
    public async Task Books_what_was_told_in_other_words_to_the_nano_dollar(string model)
    {
        foreach (var stream in (bool[])[false, true])
        {
            // Only a stream tells the truth first.
            if (model.EndsWith("late", StringComparison.Ordinal) && !stream) continue;
            var entry = await CallAsync("sim", model, stream);
            Assert.Equal((await TruthAsync(model, stream), false), (entry.GetProperty("cost_nanos").GetInt64(), entry.GetProperty("estimated").GetBoolean()));
        }
    }

    /// <summary>Booked by the bytes that had come, which of a model that thinks is nothing.</summary>
    [Theory]
    [MemberData(nameof(Cut))]
    public async Task Books_a_broken_stream_at_no_less_than_was_produced(string model)
    {
        var entry = await CallAsync("sim", model, stream: true);
        Assert.InRange(entry.GetProperty("cost_nanos").GetInt64(), await TruthAsync(model, stream: true), long.MaxValue);
        Assert.True(entry.GetProperty("estimated").GetBoolean(), entry.GetRawText());
    }

    /// <summary>A client that closes after the first chunk does not make the answer cheaper: the upstream goes on and is read to its end.</summary>
    [Fact]
    public async Task Books_what_a_left_stream_produced_to_the_nano_dollar()
    {
        using var leaves = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, "/v1/chat/completions"))
        {
            Content = new StringContent(Requests.Body($"sim/{Left}", "\"max_tokens\":1000,\"stream\":true")),
        };
        request.Headers.Add("x-bf-vk", Key);
        using (var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaves.Token))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(leaves.Token));
            Assert.StartsWith("data: ", await reader.ReadLineAsync(leaves.Token), StringComparison.Ordinal);
            await leaves.CancelAsync();
        }

        var entry = (await Eventually.UntilAsync(() => PageAsync(Left), page => page.Count == 1, page => string.Join('\n', page)))[0];
        Assert.Equal((await TruthAsync(Left, stream: true), false), (entry.GetProperty("cost_nanos").GetInt64(), entry.GetProperty("estimated").GetBoolean()));
    }

    /// <summary>What is charged above the bound is booked in full, and no further call is admitted at the old bound.</summary>
    [Fact]
    public async Task A_model_that_ignores_its_limit_is_listed_refused_and_reset()
    {
        var body = Requests.Body($"sim/{Unlimited}", "\"max_tokens\":10");
        var first = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, Key);
        Assert.True(first.Status == 200, first.Body);
        var entry = (await Eventually.UntilAsync(() => PageAsync(Unlimited), page => page.Count == 1, page => string.Join('\n', page)))[0];
        Assert.Equal((await TruthAsync(Unlimited, stream: false), false), (entry.GetProperty("cost_nanos").GetInt64(), entry.GetProperty("estimated").GetBoolean()));

        var refused = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, Key);
        refused.IsError(403, "bound_broken");
        var listed = await Eventually.UntilAsync(
            async () => (await _server.GetAsync("/api/bounds")).Json.GetProperty("bounds").EnumerateArray().ToList(),
            bounds => bounds.Count == 1,
            bounds => string.Join('\n', bounds));
        Assert.Equal(($"sim/{Unlimited}", true), (listed[0].GetProperty("model").GetString(), listed[0].GetProperty("refused").GetBoolean()));

        Assert.Equal(200, (await _server.DeleteAsync($"/api/bounds/sim/{Unlimited}")).Status);
        Assert.Equal(404, (await _server.DeleteAsync($"/api/bounds/sim/{Unlimited}")).Status);
        var again = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, Key);
        Assert.True(again.Status == 200, again.Body);
    }

    /// <summary>A wrong media type was booked as the whole hold, though the body said what it cost.</summary>
    [Theory]
    [InlineData("text", false, 200)]
    [InlineData("text", true, 200)]
    [InlineData("stream", true, 200)]
    [InlineData("object", false, 502)]
    public async Task Books_what_a_body_states_whatever_it_calls_itself(string model, bool stream, int status)
    {
        var entry = await CallAsync("odd", model, stream, status);
        Assert.Equal(((10 * InputNanos) + (5 * OutputNanos), false), (entry.GetProperty("cost_nanos").GetInt64(), entry.GetProperty("estimated").GetBoolean()));
    }

    /// <summary>The page of a proxy that had given the provider up was booked as nothing, though the provider may have run.</summary>
    [Theory]
    [InlineData("page-502", 502, 1_000)]
    [InlineData("page-504", 504, 1_000)]
    [InlineData("page-503", 503, 0)]
    public async Task Books_what_may_have_run_behind_the_page_of_a_proxy(string model, int status, long outputTokens)
    {
        var entry = await CallAsync("odd", model, stream: false, status);
        Assert.Equal((outputTokens, outputTokens > 0), (entry.GetProperty("completion_tokens").GetInt64(), entry.GetProperty("estimated").GetBoolean()));
    }

    /// <summary>Calls and answers the one entry that it made.</summary>
    private async Task<JsonElement> CallAsync(string provider, string model, bool stream, int status = 200)
    {
        var known = (await EntriesAsync(model)).ToHashSet();
        var extra = stream ? "\"max_tokens\":1000,\"stream\":true" : "\"max_tokens\":1000";
        var answer = await _server.SendAsync(HttpMethod.Post, "/v1/chat/completions", Requests.Body($"{provider}/{model}", extra), Key);
        if (!model.EndsWith("reset-headers", StringComparison.Ordinal)) Assert.True(answer.Status == status, answer.Body);
        var made = await Eventually.UntilAsync(
            async () => (await EntriesAsync(model)).Where(id => !known.Contains(id)).ToList(), ids => ids.Count == 1, ids => string.Join(' ', ids));
        return (await PageAsync(model)).Single(entry => entry.GetProperty("attempt_id").GetString() == made[0]);
    }

    private async Task<IEnumerable<string>> EntriesAsync(string model) =>
        (await PageAsync(model)).Select(entry => entry.GetProperty("attempt_id").GetString()!);

    private async Task<List<JsonElement>> PageAsync(string model) =>
        [.. (await _server.GetAsync($"/api/ledger/entries?limit=1000&model={model}")).Json.GetProperty("entries").EnumerateArray()];

    /// <summary>What the simulator truly produced for its last call of this kind, at the price.</summary>
    private async Task<long> TruthAsync(string model, bool stream)
    {
        var bill = await Eventually.UntilAsync(
            async () => (await _http.GetStringAsync(new Uri(SimulatorHost.AddressOf(_simulator), "bill"))).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Last(line => line.GetProperty("model").GetString() == model && line.GetProperty("stream").GetBoolean() == stream),
            line => line.GetProperty("outcome").GetString() != "running",
            line => line.GetRawText());
        return (bill.GetProperty("prompt_tokens").GetInt64() * InputNanos) + (bill.GetProperty("completion_tokens").GetInt64() * OutputNanos);
    }

    private static object Provider(Uri address) => new
    {
        network_config = new { base_url = address },
        custom_provider_config = new { base_provider_type = "openai", is_key_less = true },
        circuit_breaker = new { minimum_throughput = 1_000_000 },
    };

    /// <summary>An upstream whose answers are no answers to what was asked, and say what they cost.</summary>
    private static WebApplication CreateOdd()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(async context =>
        {
            using var request = await JsonDocument.ParseAsync(context.Request.Body);
            var model = request.RootElement.GetProperty("model").GetString()!;
            if (model.StartsWith("page-", StringComparison.Ordinal)) context.Response.StatusCode = int.Parse(model.AsSpan(5), CultureInfo.InvariantCulture);
            var (type, body) = model switch
            {
                "page-502" or "page-503" or "page-504" => ("text/html", "<html><h1>Sorry</h1></html>"),
                "text" => ("text/plain", Completion),
                "stream" => ("text/plain", $"data: {Completion.Trim()}\n\ndata: [DONE]\n\n"),
                _ => ("application/json", """{"object":"something","usage":{"prompt_tokens":10,"completion_tokens":5}}"""),
            };
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        });
        return app;
    }
}
