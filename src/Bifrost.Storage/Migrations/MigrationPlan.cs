using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Migrations;

/// <summary>Which steps are still to be applied, or why this program must not touch the database.</summary>
internal static class MigrationPlan
{
    /// <param name="steps">The steps of this program, in order.</param>
    /// <param name="applied">The steps by their numbers, as the database records them.</param>
    /// <param name="database">What to call the database in a refusal.</param>
    /// <exception cref="StoreRefusedException">
    /// A newer program changed the database in a way that this one does not stand, or an applied step was edited.
    /// </exception>
    public static IEnumerable<Migration> Missing(
        ImmutableArray<Migration> steps, IReadOnlyDictionary<int, AppliedStep> applied, string database)
    {
        foreach (var (number, found) in applied)
        {
            if (!found.IsExpandOnly && !steps.Any(step => step.Number == number))
                throw new StoreRefusedException(
                    $"{database} has schema step {number}, which this version does not know. Start the newer version that wrote it.");
        }

        foreach (var step in steps)
        {
            if (applied.TryGetValue(step.Number, out var found) && found.Hash != step.Hash)
                throw new StoreRefusedException(
                    $"{database} was made with another text of schema step {step.Name}. Restore the step as it was released and add a new one.");
        }

        return steps.Where(step => !applied.ContainsKey(step.Number));
    }
}
