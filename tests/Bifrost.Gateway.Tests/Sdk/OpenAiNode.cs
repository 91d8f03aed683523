using System.Diagnostics;

namespace Bifrost.Gateway.Tests.Sdk;

/// <summary>OpenAI's client for Node, by scripts/sdk-npm.sh. Skipped where node or npm is missing, never in CI.</summary>
[Collection<SharedGateway>]
public class OpenAiNode(RunningGateway gateway)
{
    [Fact]
    public async Task Passes_its_whole_suite()
    {
        var inCi = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);
        Assert.SkipUnless(inCi || (Executables.Find("node") is not null && Executables.Find("npm") is not null), "node and npm are not installed");

        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "scripts", "sdk-npm.sh")) { RedirectStandardOutput = true, UseShellExecute = false, RedirectStandardError = true };
        start.Environment["BIFROST_URL"] = gateway.Address.ToString().TrimEnd('/');
        start.Environment["BIFROST_KEY"] = RunningGateway.OpenKey;
        start.Environment["SIMULATOR_URL"] = gateway.Simulator.ToString().TrimEnd('/');
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
        Assert.True(process.ExitCode == 0, await output + await errors);
    }
}
