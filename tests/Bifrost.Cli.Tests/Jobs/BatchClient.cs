using System.Text;
using System.Text.Json;
using Bifrost.Cli.Jobs;

namespace Bifrost.Cli.Tests.Jobs;

/// <summary><c>jobs submit</c> against the real server.</summary>
[Collection<SharedGateway>]
public sealed class BatchClient(RunningGateway gateway) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-batch-");
    private readonly StringWriter _notes = new();

    private string Input => Path.Combine(_folder.FullName, "in.jsonl");

    private string State => SubmitOptions.StateFileOf(Input);

    public void Dispose()
    {
        _notes.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Each_line_gets_its_answer_under_its_own_name()
    {
        Write(
            """{"custom_id":"first","method":"POST","url":"/v1/chat/completions","body":{"model":"sim/sim-echo","messages":[{"role":"user","content":"one"}]}}""",
            "",
            """{"model":"sim/sim-echo","messages":[{"role":"user","content":"two"}]}""",
            """{"custom_id":"wrong","body":{"model":"sim/sim-echo","stream":true,"messages":[{"role":"user","content":"x"}]}}""",
            """{"custom_id":"failing","body":{"model":"sim/sim-422","messages":[{"role":"user","content":"x"}]}}""");
        Assert.Equal(ClientExit.WithFailures, await RunAsync());
        var results = Results();
        Assert.Equal(["failing", "first", "line-3", "wrong"], results.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((200, "one"), (StatusOf(results["first"]), TextOf(results["first"])));
        Assert.Equal((200, "two"), (StatusOf(results["line-3"]), TextOf(results["line-3"])));
        Assert.Equal((400, 422), (StatusOf(results["wrong"]), StatusOf(results["failing"])));
        Answer.CheckError(results["failing"].GetProperty("response").GetProperty("body"), 422, null);
        Assert.Contains("submitted 3/4, completed 2, failed 2", _notes.ToString(), StringComparison.Ordinal);

        // Started again, everything is there already.
        var before = File.ReadAllText(SubmitOptions.ResultFileOf(Input));
        Assert.Equal(ClientExit.WithFailures, await RunAsync());
        Assert.Equal(before, File.ReadAllText(SubmitOptions.ResultFileOf(Input)));
    }

    [Fact]
    public async Task A_killed_run_goes_on_and_no_job_is_doubled()
    {
        const int count = 300;
        var model = RunningGateway.Tagged("sim-echo");
        Write([.. Enumerable.Range(0, count).Select(i => $$$"""{"custom_id":"c{{{i}}}","body":{{{Requests.Body($"sim/{model}", $"\"seed\":{i}")}}}}""")]);
        await using (BuiltServer.Start(_folder.FullName, "jobs", "submit", Input, "--watch", "--concurrency", "4",
            "--url", gateway.Address.ToString(), "--key", RunningGateway.OpenKey))
        {
            await Eventually.UntilAsync(() => NotedLines() >= 60);
        }

        // What a kill between a submission and its note leaves, and a torn line in each file.
        var noted = await File.ReadAllLinesAsync(State);
        await File.WriteAllTextAsync(State, string.Join('\n', noted[..40]) + "\n299 0198c0de-00");
        await File.AppendAllTextAsync(SubmitOptions.ResultFileOf(Input), "{\"id\":\"0198");
        Assert.Equal(ClientExit.Done, await RunAsync());
        Assert.Equal(count, Results().Count);
        Assert.All(Results().Values, result => Assert.Equal("Hello", TextOf(result)));
        Assert.Equal(count, (await gateway.BillOfAsync(model)).Count);
        Assert.Contains("Going on: 39 of 300", _notes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_watching_it_ends_when_all_is_submitted_and_watching_later_brings_the_results()
    {
        Write(Requests.Body("sim/sim-echo"), Requests.Body("sim/sim-echo", "\"seed\":1"));
        Assert.Equal(ClientExit.Done, await RunAsync(options => options with { Watch = false }));
        Assert.Empty(await File.ReadAllTextAsync(SubmitOptions.ResultFileOf(Input)));
        Assert.Equal(ClientExit.Done, await RunAsync());
        Assert.Equal(2, Results().Count);
    }

    [Fact]
    public async Task A_bad_file_submits_nothing_and_names_its_lines()
    {
        Write("{", """{"custom_id":"a"}""", """{"custom_id":"a","body":{}}""", """{"custom_id":"a","body":{}}""", """{"url":"/v1/embeddings","body":{}}""", "[1]");
        Assert.Equal(ClientExit.BadInput, await RunAsync());
        foreach (var line in new[] { "line 1 ", "line 2 has neither", "line 4 has the custom_id 'a' of another", "line 5 has the url", "line 6 " })
            Assert.Contains(line, _notes.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(State));
    }

    [Fact]
    public async Task A_file_that_changed_since_is_not_taken_for_the_same()
    {
        Write(Requests.Body("sim/sim-echo"));
        Assert.Equal(ClientExit.Done, await RunAsync());
        Assert.Equal(ClientExit.BadInput, await RunAsync(options => options with { Run = "2" }));
        Write(Requests.Body("sim/sim-echo", "\"seed\":2"));
        Assert.Equal(ClientExit.BadInput, await RunAsync());
        Assert.Contains("belongs to another", _notes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_and_a_server_that_is_away_are_told_apart()
    {
        Write(Requests.Body("sim/sim-echo"));
        Assert.Equal(ClientExit.BadInput, await RunAsync(key: "sk-bf-unknown"));
        Assert.Contains("refuses the key", _notes.ToString(), StringComparison.Ordinal);
        File.Delete(State);
        Assert.Equal(ClientExit.Unfinished, await RunAsync(options => options with { Patience = TimeSpan.Zero }, address: new Uri("http://127.0.0.1:1/")));
    }

    [Fact]
    public async Task Jobs_are_listed_shown_and_cancelled()
    {
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-delay-20s")));
        using var output = new StringWriter();
        var client = Client() with { Output = output };
        Assert.Equal(ClientExit.Done, await JobCommands.CancelAsync(client, [id], default));
        Assert.Equal(ClientExit.WithFailures, await JobCommands.GetAsync(client, id, 20, default));
        Assert.Equal(ClientExit.Done, await JobCommands.ListAsync(client, "cancelled", 1_000, null, default));
        Assert.Contains($"{id}\tcancelled\t409\t", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ClientExit.WithFailures, await JobCommands.GetAsync(client, "0198c0de-0000-7000-8000-000000000000", 0, default));
        Assert.Equal(ClientExit.BadInput, await JobCommands.ListAsync(client, "done", 1, null, default));
    }

    private ClientOptions Client(string key = RunningGateway.OpenKey) => new() { Address = gateway.Address, Key = key, Notes = _notes };

    private Task<int> RunAsync(Func<SubmitOptions, SubmitOptions>? change = null, string key = RunningGateway.OpenKey, Uri? address = null)
    {
        var options = new SubmitOptions { File = Input, StateFile = State, ResultFile = SubmitOptions.ResultFileOf(Input), Watch = true };
        var client = Client(key);
        return BatchRun.RunAsync(address is null ? client : client with { Address = address }, change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    private void Write(params string[] lines) => File.WriteAllText(Input, string.Join('\n', lines), Encoding.UTF8);

    private int NotedLines()
    {
        if (!File.Exists(State)) return 0;
        using var reader = new StreamReader(new FileStream(State, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Count(letter => letter == '\n');
    }

    private Dictionary<string, JsonElement> Results() => File.ReadAllLines(SubmitOptions.ResultFileOf(Input))
        .Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(result => result.GetProperty("custom_id").GetString()!, StringComparer.Ordinal);

    private static int StatusOf(JsonElement result) => result.GetProperty("response").GetProperty("status_code").GetInt32();

    private static string? TextOf(JsonElement result) =>
        result.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}
