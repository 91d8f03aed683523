using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Bifrost.Server.Tests.Running;

/// <summary>The executable as its users start and stop it.</summary>
public sealed partial class Runs : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-run-");
    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private ServerProcess Start(params string[] arguments) => BuiltServer.Start(_folder.FullName, arguments);

    [Fact]
    public async Task Without_a_file_prints_lines_that_work_when_pasted()
    {
        await using var server = Start("--urls", "http://127.0.0.1:0");
        var said = await server.SaysAsync("The same, streamed:");
        await server.SaysAsync("\"stream\":true");
        said = server.Said;
        var lines = said.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("curl ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("\"content\":\"Hello\"", await ShellAsync(lines[0]), StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", await ShellAsync(lines[1]), StringComparison.Ordinal);
        await server.TerminateAsync();
        Assert.Equal(0, await server.EndsAsync());
    }

    [Fact]
    public async Task The_demonstrations_key_survives_a_restart_and_is_its_owners_alone()
    {
        var secrets = new List<string>();
        for (var run = 0; run < 2; run++)
        {
            await using var server = Start("--urls", "http://127.0.0.1:0");
            secrets.Add(Secret().Match(await server.SaysAsync("An answer:")).Value);
            await server.TerminateAsync();
            Assert.Equal(0, await server.EndsAsync());
        }

        Assert.NotEqual("", secrets[0]);
        Assert.Equal(secrets[0], secrets[1]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.FullName, "data", "demo-key")));
    }

    [Fact]
    public async Task A_stop_lets_a_running_stream_end_and_exits_with_0()
    {
        await using var server = Start("--urls", "http://127.0.0.1:0");
        var (address, key) = await AddressAndKeyAsync(server);
        using var response = await StreamAsync(address, key, "sim/sim-paced-40x50ms");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();
        await server.TerminateAsync();
        await server.SaysAsync("Stopping");
        var rest = await reader.ReadToEndAsync();
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\"", rest, StringComparison.Ordinal);
        Assert.Equal(0, await server.EndsAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync(new Uri(address, "/health")));
    }

    /// <summary>What a request begins goes on in the thread that read its bytes: one that waited there would keep everyone else's waiting.</summary>
    [Fact]
    public async Task Calls_that_wait_for_their_upstream_keep_no_thread()
    {
        await using var server = ServerProcess.Start(BuiltServer.StartIn(_folder.FullName, "--urls", "http://127.0.0.1:0") with { WorkersMax = 3 });
        var (address, key) = await AddressAndKeyAsync(server);
        using var leaving = new CancellationTokenSource();
        var waiting = new List<Task>();
        for (var i = 0; i < 60; i++) waiting.Add(StreamAsync(address, key, "sim/sim-delay-600s", leaving.Token));
        for (var i = 0; i < 20; i++)
        {
            using var stalled = await StreamAsync(address, key, "sim/sim-words-5-stall-after-2").InTimeAsync();
            using var answered = await StreamAsync(address, key, "sim/sim-words-20").InTimeAsync();
            Assert.EndsWith("data: [DONE]\n\n", await answered.Content.ReadAsStringAsync().InTimeAsync(), StringComparison.Ordinal);
        }

        Assert.All(waiting, call => Assert.False(call.IsFaulted));
        await leaving.CancelAsync();
        await Task.WhenAll(waiting).ContinueWith(static _ => { }, TaskScheduler.Default).InTimeAsync();
    }

    [Fact]
    public async Task A_second_server_on_the_same_store_does_not_start_and_leaves_the_first_alone()
    {
        await using var first = Start("--urls", "http://127.0.0.1:0");
        var (address, key) = await AddressAndKeyAsync(first);
        await using var second = Start("--urls", "http://127.0.0.1:0");
        Assert.Equal(1, await second.EndsAsync());
        Assert.Contains("bifrost.db", second.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Said, StringComparison.Ordinal);
        using var response = await StreamAsync(address, key, "sim/sim-words-20");
        Assert.EndsWith("data: [DONE]\n\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        await using var server = Start("--urls", "http://127.0.0.1:0");
        var (address, key) = await AddressAndKeyAsync(server);
        using var response = await StreamAsync(address, key, "sim/sim-paced-40000x50ms");
        await server.TerminateAsync();
        await server.SaysAsync("Stopping");

        // After the drain time it would end with 0.
        await server.TerminateAsync();
        Assert.Equal(1, await server.EndsAsync());
    }

    [Fact]
    public async Task Drains_no_longer_than_it_was_told_to()
    {
        var config = Path.Combine(_folder.FullName, "short.json");
        await File.WriteAllTextAsync(config, """
            {"providers":{"sim":{}},"limits":{"drain_seconds":1},"governance":{"virtual_keys":[{"id":"k","value":"sk-bf-0123456789","allow_all_providers":true}]}}
            """);
        await using var server = Start("--config", config, "--urls", "http://127.0.0.1:0");
        var address = await server.AddressAsync();
        using var response = await StreamAsync(address, "sk-bf-0123456789", "sim/sim-paced-40000x50ms");
        await server.TerminateAsync();
        Assert.Equal(0, await server.EndsAsync());
    }

    [Fact]
    public async Task Bad_configuration_exits_with_2_and_says_why()
    {
        var config = Path.Combine(_folder.FullName, "bad.json");
        await File.WriteAllTextAsync(config, """{"providres":{}}""");
        await using var server = Start("--config", config);
        Assert.Equal(2, await server.EndsAsync());
        Assert.Contains("did you mean providers", server.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--config", "not-there.json")]
    [InlineData("--urls", "https://127.0.0.1:0")]
    [InlineData("--urls", "nonsense")]
    public async Task Bad_options_exit_with_2(params string[] arguments)
    {
        await using var server = Start(arguments);
        Assert.Equal(2, await server.EndsAsync());
        Assert.NotEqual("", server.Said.Trim());
    }

    /// <summary>The stop that this leads to exited with 0, so a supervisor took it for meant.</summary>
    [Fact]
    public async Task An_admin_token_that_is_a_stored_virtual_key_exits_with_2_and_a_sentence()
    {
        const string secret = "neither-one-nor-the-other";
        await WriteAsync($$"""[{ "id": "kept", "value": "{{secret}}", "allow_all_providers": true }]""");
        await using (var first = Start("--urls", "http://127.0.0.1:0", "--config", "bifrost.json"))
        {
            await first.AddressAsync();
            await first.TerminateAsync();
            Assert.Equal(0, await first.EndsAsync());
        }

        // The key is not in the file any more, and stays in the store.
        await WriteAsync("[]");
        await using var second = ServerProcess.Start(
            BuiltServer.StartIn(_folder.FullName, "--urls", "http://127.0.0.1:0", "--config", "bifrost.json") with { AdminToken = secret });
        Assert.Equal(2, await second.EndsAsync());
        Assert.Contains("BIFROST_ADMIN_TOKEN: is the secret of the virtual key kept too; ", second.Said, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, second.Said, StringComparison.Ordinal);

        Task WriteAsync(string keys) => File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "bifrost.json"), $$"""{ "providers": { "sim": {} }, "governance": { "virtual_keys": {{keys}} } }""");
    }

    /// <summary>Whatever refuses the start, what it says of a setting has no secret in it.</summary>
    [Theory]
    [InlineData("""{ "providers": { "openai": { "keys": ["sk-proj-hidden0123"] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [{ "value": "k" }], "network_config": { "base_url": "ftp://me:hidden@host" } } } }""")]
    [InlineData("""{ "providers": { "sim": {} }, "store": { "path": "bifrost.json/Host=db;Password=hidden" } }""")]
    [InlineData("""{ "providers": { "sim": {} }, "store": { "path": "bifrost.json/sk-bf-hidden0123" } }""")]
    public async Task Refused_starts_printed_keys_and_passwords(string json)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), json);
        await using var server = Start("--urls", "http://127.0.0.1:0", "--config", "bifrost.json");
        Assert.Equal(2, await server.EndsAsync());
        Assert.Contains("does not start", server.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", server.Said, StringComparison.Ordinal);

        await using var backup = Start("backup", "--config", "bifrost.json", "copy.db");
        Assert.NotEqual(0, await backup.EndsAsync());
        Assert.DoesNotContain("hidden", backup.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_files_exit_with_2_and_a_sentence()
    {
        await using var server = ServerProcess.Start(BuiltServer.StartIn(_folder.FullName, "--urls", "http://127.0.0.1:0") with { FilesMax = 500 });
        Assert.Equal(2, await server.EndsAsync());
        Assert.Contains("RLIMIT_NOFILE: is 500, and the process needs 592 files", server.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_exits_with_1_and_one_line()
    {
        await using var first = Start("--urls", "http://127.0.0.1:0");
        var address = await first.AddressAsync();
        await using var second = Start("--urls", address.ToString());
        Assert.Equal(1, await second.EndsAsync());
        Assert.Contains("could not start", second.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_and_help_exit_with_0()
    {
        await using var version = Start("--version");
        Assert.Equal(0, await version.EndsAsync());
        Assert.Matches(@"Bifrost\.Actors \d+\.\d+\.\d+", version.Said);
        await using var help = Start("--help");
        Assert.Equal(0, await help.EndsAsync());
        Assert.All(new[] { "--urls", "--config", "--help", "--version" }, option => Assert.Contains(option, help.Said, StringComparison.Ordinal));
    }

    private async Task<HttpResponseMessage> StreamAsync(Uri address, string key, string model, CancellationToken leaving = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, Requests.Chat)) { Content = new StringContent(Requests.Body(model, "\"stream\":true")) };
        request.Headers.Add("x-bf-vk", key);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving);
        Assert.True(response.IsSuccessStatusCode);
        return response;
    }

    private static async Task<(Uri Address, string Key)> AddressAndKeyAsync(ServerProcess server)
    {
        // The log and the greeting go their own ways to the console: either may come first.
        var address = await server.AddressAsync();
        return (address, Secret().Match(await server.SaysAsync("An answer:")).Value);
    }

    private static async Task<string> ShellAsync(string command)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, UseShellExecute = false, ArgumentList = { "-c", command } };
        using var shell = Process.Start(start)!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return output;
    }

    [GeneratedRegex("sk-bf-[0-9a-f]+")]
    private static partial Regex Secret();
}
