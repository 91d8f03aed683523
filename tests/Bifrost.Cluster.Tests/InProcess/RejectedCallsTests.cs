using System.Reflection;
using System.Runtime.CompilerServices;
using Bifrost.Server.Silo;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;
using Orleans.TestingHost;

namespace Bifrost.Cluster.Tests.InProcess;

/// <summary>Calls that Orleans turns away, one by one and in a cluster within this process.</summary>
public sealed class RejectedCallsTests(ITestOutputHelper output)
{
    private const int Grains = 60;

    [Fact]
    public async Task A_call_to_a_grain_that_was_turned_away_is_made_again()
    {
        var call = new TurnedAway(GrainId.Create("housed", "1"), times: 2);
        await new RejectedCalls().Invoke(call);
        Assert.Equal(3, call.Invoked);
    }

    [Fact]
    public async Task A_call_to_a_dead_silos_own_parts_was_repeated_for_half_a_minute_and_kept_its_keys_unanswered()
    {
        var call = new TurnedAway(SystemTargetGrainId.Create(GrainType.Create("sys.svc.dir"), SiloAddress.Zero).GrainId, times: 2);
        await Assert.ThrowsAnyAsync<OrleansMessageRejectionException>(() => new RejectedCalls().Invoke(call));
        Assert.Equal(1, call.Invoked);
    }

    [Fact]
    public async Task Calls_inside_a_silo_that_dies_are_answered_by_another()
    {
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo(static (_, silo) =>
        {
            silo.AddOutgoingGrainCallFilter<RejectedCalls>();
            silo.Configure<GrainCollectionOptions>(static collection => collection.CollectionQuantum = TimeSpan.FromSeconds(5));
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var caller = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();
        var dead = cluster.Silos[2];
        Assert.Contains(dead.SiloAddress.ToString(), await AskAsync(wait: false));
        var inside = AskAsync(wait: true);
        await cluster.KillSiloAsync(dead);
        HousedGrain.GoOn();
        var answers = await inside.InTimeAsync();
        output.WriteLine($"{Grains} calls were answered, {answers.Count(answer => answer == dead.SiloAddress.ToString())} of them by the dead silo");

        Task<string[]> AskAsync(bool wait) => Task.WhenAll(Enumerable.Range(0, Grains).Select(key => caller.GetGrain<IHousedGrain>(key).HouseAsync(wait)));
    }

    /// <summary>A call that is turned away so many times.</summary>
    private sealed class TurnedAway(GrainId target, int times) : IOutgoingGrainCallContext
    {
        public int Invoked { get; private set; }

        public GrainId TargetId => target;

        public IInvokable Request => throw new NotSupportedException();

        public object Grain => throw new NotSupportedException();

        public GrainId? SourceId => null;

        public IGrainContext? SourceContext => null;

        public GrainInterfaceType InterfaceType => default;

        public string InterfaceName => "";

        public string MethodName => "";

        public MethodInfo InterfaceMethod => throw new NotSupportedException();

        public object? Result { get; set; }

        public Response? Response { get; set; }

        public Task Invoke() => ++Invoked <= times
            ? Task.FromException((Exception)RuntimeHelpers.GetUninitializedObject(typeof(OrleansMessageRejectionException)))
            : Task.CompletedTask;
    }
}

/// <summary>A grain that says where it lives, at once or when it is told to go on.</summary>
public interface IHousedGrain : IGrainWithIntegerKey
{
    Task<string> HouseAsync(bool wait);
}

[Orleans.Placement.RandomPlacement]
internal sealed class HousedGrain(ILocalSiloDetails silo) : Grain, IHousedGrain
{
    private static readonly TaskCompletionSource s_goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static void GoOn() => s_goesOn.TrySetResult();

    public async Task<string> HouseAsync(bool wait)
    {
        if (wait) await s_goesOn.Task;
        return silo.SiloAddress.ToString();
    }
}
