using Bifrost.Storage.Tests.Harness;
using Bifrost.Storage.Tests.Model;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>The model's random commands on the databases, and on the store in memory that stands for them elsewhere. A failure names its seed; <c>BIFROST_SEEDS=100</c> runs more.</summary>
public class ModelTests(PostgresFixture postgres, ITestOutputHelper output)
{
    [Fact]
    public Task The_store_in_memory_does_what_the_model_does() => RunAsync(40, () => Task.FromResult<LedgerHarness>(new InMemoryHarness()));

    [Fact]
    public Task Sqlite_does_what_the_model_does() => RunAsync(12, () => Task.FromResult<LedgerHarness>(new SqliteHarness()));

    [Fact]
    public async Task Postgres_does_what_the_model_does()
    {
        var server = postgres.Server;
        await RunAsync(6, async () => await PostgresHarness.StartAsync(server));
    }

    private async Task RunAsync(int seeds, Func<Task<LedgerHarness>> start)
    {
        seeds = int.TryParse(Environment.GetEnvironmentVariable("BIFROST_SEEDS"), out var more) ? more : seeds;
        var (admitted, granted, grantedShort) = (0, 0, 0);
        for (var seed = 0; seed < seeds; seed++)
        {
            await using var harness = await start();
            var run = new ModelRun(harness, seed);
            try
            {
                await run.RunAsync(steps: 500);
            }
            catch (Exception broken)
            {
                Assert.Fail($"seed {seed}, transaction {run.Transactions}: {broken}");
            }

            (admitted, granted, grantedShort) = (admitted + run.Admitted, granted + run.Granted, grantedShort + run.GrantedShort);
        }

        output.WriteLine($"{seeds} seeds, {granted} leases granted, {grantedShort} of them below the need, {admitted} calls admitted");
        Assert.True(granted > 10 * seeds && grantedShort > seeds && admitted > 20 * seeds, "The runs were too quiet to show anything.");
    }
}
