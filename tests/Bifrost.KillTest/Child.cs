using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Bifrost.KillTest;

/// <summary>A built program in a process of its own, ended by signals.</summary>
internal sealed class Child : IDisposable
{
    private const int SaidCharsMax = 200_000;

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private Child(Process process) => _process = process;

    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    public static Child Start(string assembly, string folder, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["BIFROST_ADMIN_TOKEN"] = "kill-test-admin-0123456789abcdef0123";
        start.Environment.Remove("ASPNETCORE_URLS");
        start.Environment.Remove("BIFROST_CONFIG");
        var child = new Child(new Process { StartInfo = start });
        child._process.OutputDataReceived += child.Keep;
        child._process.ErrorDataReceived += child.Keep;
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>SIGKILL: nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its exit code; throws when it takes longer than <paramref name="within"/>.</summary>
    public async Task<int> StopAsync(TimeSpan within)
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(within);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            if (_said.Length < SaidCharsMax) _said.AppendLine(line.Data);
    }
}
