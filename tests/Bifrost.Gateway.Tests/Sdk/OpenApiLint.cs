using System.Diagnostics;

namespace Bifrost.Gateway.Tests.Sdk;

/// <summary>The description of the HTTP interface under a linter of the field, by scripts/openapi-lint.sh. Skipped where node or npm is missing, never in CI.</summary>
public sealed class OpenApiLint
{
    [Fact]
    public async Task Finds_nothing()
    {
        var inCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        Assert.SkipUnless(inCi || (Executables.Find("node") is not null && Executables.Find("npm") is not null), "node and npm are not installed");
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "scripts", "openapi-lint.sh")) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var lint = Process.Start(start)!;
        var said = await Task.WhenAll(lint.StandardOutput.ReadToEndAsync(), lint.StandardError.ReadToEndAsync()).InTimeAsync();
        await lint.WaitForExitAsync().InTimeAsync();
        Assert.True(lint.ExitCode == 0, string.Join('\n', said));
    }
}
