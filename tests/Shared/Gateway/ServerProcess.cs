using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Bifrost.Testing;

/// <summary>The real executable in a process and a folder of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ServerProcess(Process process) => _process = process;

    public int ExitCode => _process.ExitCode;

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts it; everything it says is kept.</summary>
    public static ServerProcess Start(string folder, params string[] arguments) => Start(new ProcessStartInfo("dotnet"), folder, arguments);

    /// <summary>Starts it so that <see cref="LimitFiles"/> makes its writes fail and does not end it: by default the signal would.</summary>
    public static ServerProcess StartUnderFileLimit(string folder, string adminToken, params string[] arguments)
    {
        var shell = new ProcessStartInfo("sh") { ArgumentList = { "-c", "trap '' XFSZ; exec dotnet \"$@\"", "sh" } };
        shell.Environment["BIFROST_ADMIN_TOKEN"] = adminToken;
        return Start(shell, folder, arguments);
    }

    private static ServerProcess Start(ProcessStartInfo start, string folder, string[] arguments)
    {
        (start.WorkingDirectory, start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (folder, false, true, true);
        start.ArgumentList.Add(typeof(Bifrost.Server.Composition.GatewayServer).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Remove("ASPNETCORE_URLS");
        start.Environment.Remove("BIFROST_CONFIG");
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += server.Keep;
        server._process.ErrorDataReceived += server.Keep;
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Waits until it listens, and answers where.</summary>
    public async Task<Uri> AddressAsync()
    {
        await SaysAsync("listens on http");
        return AddressIn(await SaysAsync("virtual keys."));
    }

    public static Uri AddressIn(string said) => new(ListensOn().Match(said).Groups[1].Value);

    /// <summary>Waits until it has said something, at most half a minute.</summary>
    public async Task<string> SaysAsync(string text)
    {
        var deadline = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!Said.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(30) && !_process.HasExited, $"It did not say '{text}' but: {Said}");
            await tick.WaitForNextTickAsync();
        }

        return Said;
    }

    /// <summary>From now on writing to a file beyond so many bytes fails; null: nothing of the kind. Needs no rights and no file system of its own.</summary>
    public async Task LimitFiles(long? bytes)
    {
        var limit = bytes?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unlimited";
        using var set = Process.Start("prlimit", ["--pid", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), $"--fsize={limit}:"]);
        await set.WaitForExitAsync();
        Assert.Equal(0, set.ExitCode);
    }

    /// <summary>SIGTERM, as an orchestrator sends it.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> EndsAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"listens on (http://[^;,\s]+)")]
    private static partial Regex ListensOn();

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said) _said.AppendLine(line.Data);
    }
}
