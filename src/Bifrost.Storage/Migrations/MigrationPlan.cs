using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Migrations;

/// <summary>Which steps are still to be applied, or why this program must not touch the database.</summary>
internal static class MigrationPlan
{
    /// <param name="steps">The steps of this program, in order.</param>
    /// <param name="applied">Number to hash, as the database records them.</param>
    /// <param name="database">What to call the database in a refusal.</param>
    /// <exception cref="StoreRefusedException">A newer program wrote the database, or an applied step was edited.</exception>
    public static IEnumerable<Migration> Missing(
        ImmutableArray<Migration> steps, IReadOnlyDictionary<int, string> applied, string database)
    {
        foreach (var number in applied.Keys)
        {
            if (!steps.Any(step => step.Number == number))
                throw new StoreRefusedException(
                    $"{database} has schema step {number}, which this version does not know. Start the newer version that wrote it.");
        }

        foreach (var step in steps)
        {
            if (applied.TryGetValue(step.Number, out var hash) && hash != step.Hash)
                throw new StoreRefusedException(
                    $"{database} was made with another text of schema step {step.Name}. Restore the step as it was released and add a new one.");
        }

        return steps.Where(step => !applied.ContainsKey(step.Number));
    }
}
