using Bifrost.Simulator;

namespace Bifrost.Cluster.Tests;

/// <summary>The short form of <c>scripts/cluster-test.sh</c>: silos are killed and stopped under calls, streams and jobs, and the books equal the bill.</summary>
public sealed class Wear(PostgresFixture postgres, ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-wear-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Kills_and_stops_under_load_fail_no_call_outside_of_a_killed_process_and_leave_the_books_equal_to_the_bill()
    {
        var killTest = AppContext.BaseDirectory.Replace("Bifrost.Cluster.Tests", "Bifrost.KillTest", StringComparison.Ordinal);
        await using var run = ServerProcess.Start(new ServerStart(
            Path.Combine(killTest, "Bifrost.KillTest.dll"),
            _folder.FullName,
            "--server", BuiltServer.StartIn(_folder.FullName).Assembly,
            "--simulator", typeof(SimulatorHost).Assembly.Location,
            "--postgres", await postgres.Server.CreateDatabaseAsync(),
            "--cluster", "3", "--rounds", "2", "--rolls", "1", "--jobs", "30", "--callers", "8", "--seconds", "2"));
        var code = await run.EndsAsync();
        output.WriteLine(run.Said);
        Assert.True(code == 0, run.Said);
    }
}
