using System.Collections.Immutable;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Migrations;

namespace Bifrost.Storage.Tests.Migrations;

/// <summary>Which databases a program works with.</summary>
public class MigrationPlanTests
{
    private static readonly ImmutableArray<Migration> s_steps =
        [new(1, "0001_first", "create table a (b text);"), new(2, "0002_second", "-- Expand-only.\ncreate table c (d text);")];

    [Fact]
    public void A_step_of_a_newer_program_that_only_adds_is_no_obstacle()
    {
        var applied = Applied(1, 2);
        applied[3] = new AppliedStep("of a text that this program does not have", IsExpandOnly: true);
        Assert.Empty(MigrationPlan.Missing(s_steps, applied, "The database"));
    }

    [Fact]
    public void Any_other_step_of_a_newer_program_is_refused()
    {
        var applied = Applied(1, 2);
        applied[3] = new AppliedStep("of a text that this program does not have", IsExpandOnly: false);
        var refused = Assert.Throws<StoreRefusedException>(() => MigrationPlan.Missing(s_steps, applied, "The database"));
        Assert.Contains("schema step 3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edited_step_is_refused_and_what_is_missing_follows_in_order()
    {
        Assert.Equal([2], MigrationPlan.Missing(s_steps, Applied(1), "The database").Select(step => step.Number));
        var edited = new Dictionary<int, AppliedStep> { [1] = new("another text", IsExpandOnly: true) };
        Assert.Throws<StoreRefusedException>(() => MigrationPlan.Missing(s_steps, edited, "The database"));
    }

    [Fact]
    public void Steps_from_the_sixth_on_only_add()
    {
        foreach (var database in (string[])["Postgres", "Sqlite"])
            Assert.All(Migration.Of(database).Where(step => step.Number >= 6), step => Assert.True(step.IsExpandOnly, step.Name));
    }

    private static Dictionary<int, AppliedStep> Applied(params int[] numbers) =>
        s_steps.Where(step => numbers.Contains(step.Number)).ToDictionary(step => step.Number, step => new AppliedStep(step.Hash, step.IsExpandOnly));
}
