namespace Bifrost.KillTest.Cluster;

/// <summary>
/// Cuts one silo off, from the store and from the other silos in turn, and mends it. One without the store must stop admitting; one without the others is
/// declared dead by them and must end itself. Whether the money was right the books tell at the end.
/// </summary>
/// <param name="members">The silos; one that ended is replaced in it.</param>
/// <param name="front">What stands before them.</param>
/// <param name="lives">Where the lives of silos are noted; one that ended itself ended as one that was killed.</param>
/// <param name="calls">Calls of single silos.</param>
/// <param name="start">Starts a silo at the place and address of one before.</param>
internal sealed class Cuts(List<Member> members, FrontEnd front, List<Life> lives, DirectCalls calls, Func<int, Uri, Task<Member>> start)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_cutFor = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan s_admitsMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_healsMax = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>One cut, an odd one from the store, an even one from the others.</summary>
    /// <returns>What was wrong.</returns>
    public async Task<IReadOnlyList<string>> CutOneOffAsync(int cut)
    {
        var wrong = new List<string>();
        var victim = members[cut % members.Count];
        var fromStore = cut % 2 == 1;
        string[] hosts = fromStore ? [Networks.Store] : [.. members.Except([victim]).Select(member => Networks.HostOf(member.Number))];
        victim.WillBeCutOff();
        front.StoreMayBeAway = true;
        foreach (var host in hosts) await Networks.CutAsync(victim.Number, host);
        var (cutAt, cutOffAt) = (_time.GetTimestamp(), _time.GetUtcNow());
        var others = members.Where(member => member != victim).ToList();
        var elsewhere = Task.WhenAll(Scenario.Keys.Select((key, i) => calls.FirstAnswerAsync(others[i % others.Count], key, cutAt, 2 * s_healsMax)));
        var admitted = await LastAdmittedAsync(victim, cutAt);
        if (fromStore && admitted > s_admitsMax) wrong.Add($"cut {cut}: a silo without the store admitted for {admitted.TotalSeconds:F1} s");
        foreach (var host in hosts) await Networks.MendAsync(victim.Number, host);
        var mendedAt = _time.GetTimestamp();
        var ended = victim.Process.HasExited;
        if (ended)
        {
            lives.Add(new Life(victim.From, _time.GetUtcNow(), Killed: true) { CutOffAt = cutOffAt });
            var code = await victim.Process.EndsAsync();
            if (code != 1) wrong.Add($"cut {cut}: the silo ended with code {code}: {victim.Process.Said}");
            members[victim.Number] = await start(victim.Number, victim.Address);
            await victim.Process.DisposeAsync();
        }
        else
        {
            if (!fromStore) wrong.Add($"cut {cut}: a silo without the others lives on");
            await victim.Process.ReadyAsync(new Uri(victim.Address, "health/ready"));
            victim.IsBack();
        }

        var answered = await elsewhere;
        var healed = await Task.WhenAll(members.SelectMany(_ => Scenario.Keys, (member, key) => calls.FirstAnswerAsync(member, key, mendedAt, 2 * s_healsMax)));
        if (healed.Max() > s_healsMax) wrong.Add($"cut {cut}: not healed within {healed.Max().TotalSeconds:F1} s");
        front.StoreMayBeAway = false;
        Console.WriteLine($"cut {cut,4}: from the {(fromStore ? "store" : "others")}; it admitted for {admitted.TotalSeconds:F1} s{(ended ? " and ended itself" : "")}; "
            + $"the others answered for every key within {answered.Max().TotalSeconds:F1} s; all did {healed.Max().TotalSeconds:F1} s after its end");
        return wrong;
    }

    /// <summary>When the last call began that the silo answered with a completion.</summary>
    private async Task<TimeSpan> LastAdmittedAsync(Member victim, long cutAt)
    {
        var last = TimeSpan.Zero;
        while (_time.GetElapsedTime(cutAt) < s_cutFor && !victim.Process.HasExited)
        {
            foreach (var key in Scenario.Keys.Take(5))
            {
                var began = _time.GetElapsedTime(cutAt);
                if ((await calls.AskAsync(victim, key)).Status == 200) last = began;
            }

            await Task.Delay(s_tick, _time);
        }

        return last;
    }
}
