namespace Bifrost.Simulation.Attackers;

/// <summary>Runs seeds one after the other until one fails.</summary>
internal static class AttackSeeds
{
    public static AttackSeedsRun Run(int from, int count, AttackFlaw flaw = AttackFlaw.None)
    {
        var run = new AttackSeedsRun();
        for (var seed = from; seed < from + count; seed++)
        {
            var world = new AttackWorld(seed, flaw);
            try
            {
                world.Run();
            }
            catch (AttackBrokenException e)
            {
                return run with
                {
                    Failure = $"seed {seed}: {e.Message}{Environment.NewLine}"
                        + $"repeat: dotnet run --project tests/Bifrost.Simulation -- --attackers --seeds 1 --from {seed}"
                        + (flaw == AttackFlaw.None ? "" : $" --flaw {flaw}"),
                };
            }

            run = run with
            {
                Seeds = run.Seeds + 1,
                Billed = run.Billed + world.TrueCalls.Count,
                BilledNanos = run.BilledNanos + world.TrueCalls.Sum(static call => call.BillNanos()),
                Answered = run.Answered + world.Answered,
                Refused = run.Refused + world.Refused,
                Full = run.Full + world.Full,
                Left = run.Left + world.Left,
                Clamped = run.Clamped + world.Clamped,
                Estimated = run.Estimated + world.Estimated,
                Broken = run.Broken + world.Broken,
                HonestPaid = run.HonestPaid + world.HonestPaid,
            };
        }

        return run;
    }
}
