using Bifrost.Cluster.Tests.Rig;
using Bifrost.Server.Tests.Ledger;

namespace Bifrost.Cluster.Tests;

/// <summary>Many callers at once through three front-ends of one cluster, and room for some of them.</summary>
public sealed class Crowds(PostgresFixture postgres, ITestOutputHelper output)
{
    private const int Callers = 60;
    private const int Room = 15;

    private static readonly CrowdLimit[] s_limits = [CrowdLimit.Budget, CrowdLimit.Requests];

    [Fact]
    public async Task Never_more_pass_than_there_is_room_for_at_each_level()
    {
        var crowds = Enum.GetValues<CrowdLevel>().SelectMany(level => s_limits.Select(limit => new Crowd(level, limit, Callers, Room))).ToList();
        await using var rig = await ClusterRig.StartAsync(postgres.Server, upstream => CrowdConfiguration.Of(upstream, crowds));
        foreach (var silo in rig.Silos) silo.Http.StoreMayBeAway = false;
        await Task.WhenAll(crowds.Select(ProveAsync));

        async Task ProveAsync(Crowd crowd)
        {
            var ends = await Task.WhenAll(Enumerable.Range(0, crowd.Callers).Select(caller => CrowdCall.UntilItEndsAsync(
                rig.Silos[caller % rig.Silos.Count].Http, Crowd.Secret(crowd.KeyName(caller / rig.Silos.Count % crowd.Keys)), crowd.Body)));
            var (billed, paid) = (await rig.BilledAsync(crowd.Model), ends.Count(end => end == CrowdEnd.Paid));
            output.WriteLine($"{crowd.Name}: {billed} billed, {paid} paid of {crowd.Callers}");
            Assert.True((billed, paid) == (crowd.Payable, crowd.Payable), $"{crowd.Name}, {crowd.Payable} can be paid: {billed} billed, {paid} paid");
        }
    }
}
