using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Bifrost.Testing;

/// <summary>A built program, the server or the simulator, in a process and a folder of its own. Disposing it is SIGKILL.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SaidCharsMax = 200_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();

    private bool _isDisposed;

    private ServerProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    /// <summary>From the start of the process to its first answer; set by <see cref="ReadyAsync"/>.</summary>
    public TimeSpan FirstAnswer { get; private set; }

    /// <summary>What it has in physical memory, in MiB.</summary>
    public double ResidentMb
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1_048_576.0;
        }
    }

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it has written to its output and its errors, up to a limit.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts it and waits until it answers at this address with success; one that does not is ended.</summary>
    public static async Task<ServerProcess> StartReadyAsync(ServerStart options, Uri health)
    {
        var process = Start(options);
        try
        {
            await process.ReadyAsync(health);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public static ServerProcess Start(ServerStart options)
    {
        var before = options.SurvivesFileLimit ? "trap '' XFSZ; " : "";
        if (options.FilesMax is { } files) before += string.Create(CultureInfo.InvariantCulture, $"ulimit -n {files}; ");
        var program = options.Network is { } network ? $"ip netns exec {network} dotnet" : "dotnet";
        var start = before.Length > 0 || options.Network is not null
            ? new ProcessStartInfo("sh") { ArgumentList = { "-c", before + $"exec {program} \"$@\"", "sh" } }
            : new ProcessStartInfo("dotnet");
        (start.WorkingDirectory, start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (options.Folder, false, true, true);
        start.ArgumentList.Add(options.Assembly);
        foreach (var argument in options.Arguments) start.ArgumentList.Add(argument);
        foreach (var inherited in (string[])["ASPNETCORE_URLS", "BIFROST_CONFIG", "BIFROST_ADMIN_TOKEN"]) start.Environment.Remove(inherited);
        if (options.AdminToken is { } token) start.Environment["BIFROST_ADMIN_TOKEN"] = token;
        if (options.WorkersMax is { } workers) start.Environment["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = workers.ToString("x", CultureInfo.InvariantCulture);
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += server.Keep;
        server._process.ErrorDataReceived += server.Keep;
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Waits until it listens, and answers where by its own word.</summary>
    public async Task<Uri> AddressAsync()
    {
        await SaysAsync("listens on http");
        return new Uri(ListensOn().Match(await SaysAsync("virtual keys.")).Groups[1].Value);
    }

    /// <summary>Waits until it answers at this address with success.</summary>
    public async Task ReadyAsync(Uri health)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (!await AnswersAsync())
        {
            ThrowIfLate($"an answer from {health}");
            await Task.Delay(s_pause, TimeProvider.System);
        }

        FirstAnswer = TimeProvider.System.GetElapsedTime(_startedAt);

        async Task<bool> AnswersAsync()
        {
            try
            {
                using var answer = await http.GetAsync(health);
                return answer.IsSuccessStatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits until it has written a text, and answers all that it has written.</summary>
    public async Task<string> SaysAsync(string text)
    {
        while (!Said.Contains(text, StringComparison.Ordinal))
        {
            ThrowIfLate($"'{text}'");
            await Task.Delay(s_pause, TimeProvider.System);
        }

        return Said;
    }

    /// <summary>From now on writing to a file beyond so many bytes fails; null: no limit. Needs no rights and no file system of its own.</summary>
    public Task LimitFilesAsync(long? bytes) =>
        RunAsync("prlimit", ["--pid", Id, $"--fsize={bytes?.ToString(CultureInfo.InvariantCulture) ?? "unlimited"}:"]);

    /// <summary>SIGTERM, as an orchestrator sends it.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>Any signal, by its name without SIG.</summary>
    public Task SignalAsync(string signal) => RunAsync("kill", ["-" + signal, Id]);

    /// <summary>Waits for its end; its exit code.</summary>
    public async Task<int> EndsAsync()
    {
        await _process.WaitForExitAsync().InTimeAsync();
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>May be called again: whoever has its address may dispose it too.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await KillAsync();
        _process.Dispose();
    }

    private string Id => _process.Id.ToString(CultureInfo.InvariantCulture);

    private static async Task RunAsync(string file, string[] arguments)
    {
        using var process = Process.Start(file, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private void ThrowIfLate(string what)
    {
        if (_process.HasExited) throw new InvalidOperationException($"The process ended before {what}:\n{Said}");
        if (TimeProvider.System.GetElapsedTime(_startedAt) > Eventually.Limit) throw new TimeoutException($"Not in time: {what}. It wrote:\n{Said}");
    }

    [GeneratedRegex(@"listens on (http://[^;,\s]+)")]
    private static partial Regex ListensOn();

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            if (_said.Length < SaidCharsMax) _said.AppendLine(line.Data);
    }
}
