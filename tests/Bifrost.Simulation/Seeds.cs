namespace Bifrost.Simulation;

/// <summary>Runs seeds one after the other until one fails.</summary>
internal static class Seeds
{
    public static SeedsRun Run(int from, int count, LedgerFlaw flaw = LedgerFlaw.None)
    {
        var run = new SeedsRun();
        for (var seed = from; seed < from + count; seed++)
        {
            var world = new World(seed, flaw);
            try
            {
                world.Run();
            }
            catch (LedgerBrokenException e)
            {
                return run with
                {
                    Failure = $"seed {seed}: {e.Message}{Environment.NewLine}repeat: dotnet run --project tests/Bifrost.Simulation -- --seeds 1 --from {seed}",
                };
            }

            run = run with
            {
                Seeds = run.Seeds + 1,
                Admitted = run.Admitted + world.Admitted,
                Refused = run.Refused + world.Refused,
                HeldShort = run.HeldShort + world.HeldShort,
                Transactions = run.Transactions + world.Transactions,
            };
        }

        return run;
    }
}

/// <summary>What seeds came to.</summary>
internal sealed record SeedsRun
{
    public int Seeds { get; init; }
    public long Admitted { get; init; }
    public long Refused { get; init; }
    public long HeldShort { get; init; }
    public long Transactions { get; init; }
    public string? Failure { get; init; }
    public bool Failed => Failure is not null;

    public override string ToString() =>
        $"{Seeds} seeds held: {Admitted} calls admitted, {HeldShort} of them below their need, {Refused} refused, {Transactions} transactions" + (Failed ? $"{Environment.NewLine}FAILED {Failure}" : "");
}
