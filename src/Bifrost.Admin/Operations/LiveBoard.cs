using Bifrost.Admin.Http;
using Bifrost.Calls.Contracts;

namespace Bifrost.Admin.Operations;

/// <summary>Asks the cluster for its live numbers, for people: what does not answer in time is left out.</summary>
internal sealed class LiveBoard(IGrainFactory grains, AdminOptions options, TimeProvider time)
{
    private static readonly BoardView s_none = new() { Silos = [] };

    /// <summary>The last report of each silo; empty without an answer.</summary>
    public async Task<BoardView> ReadAsync() => await TryAsync(grains.GetGrain<IBoardGrain>(IBoardGrain.Key).Read()) ?? s_none;

    /// <summary>The silos of the membership table, those that left or died among them; null without an answer.</summary>
    public Task<MembershipEntry[]?> SilosAsync() => TryAsync(Management.GetDetailedHosts());

    /// <summary>Activations by grain class and silo; null without an answer.</summary>
    public Task<SimpleGrainStatistic[]?> ActivationsAsync() => TryAsync(Management.GetSimpleGrainStatistics());

    private IManagementGrain Management => grains.GetGrain<IManagementGrain>(0);

    private async Task<T?> TryAsync<T>(Task<T> asked) where T : class
    {
        try
        {
            return await asked.WaitAsync(TimeSpan.FromMilliseconds(options.GrainWaitMs), time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or InvalidOperationException or OrleansException)
        {
            return null;
        }
    }
}
