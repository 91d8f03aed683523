using Bifrost.Storage.Tests.Harness;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Storage.Tests.GrainState;

/// <summary>Grains' state on a real store: what one activation wrote, a second one must not overwrite unseen.</summary>
public abstract class GrainStateTests
{
    private const string Name = "windows";
    private static readonly GrainId Id = GrainId.Create("virtualkey", "vk_1");

    [Fact]
    public async Task State_comes_back_as_it_was_written()
    {
        await using var harness = await StartAsync();
        var state = new GrainState<Snapshot>();
        await harness.Store.GrainState.ReadStateAsync(Name, Id, state);
        Assert.Equal((false, null, 0), (state.RecordExists, state.ETag, state.State!.Count));
        state.State.Count = 7;
        await harness.Store.GrainState.WriteStateAsync(Name, Id, state);
        Assert.True(state.RecordExists);
        var again = await ReadAsync(harness, Id);
        Assert.Equal((true, state.ETag, 7), (again.RecordExists, again.ETag, again.State!.Count));
        Assert.False((await ReadAsync(harness, GrainId.Create("account", "vk_1"))).RecordExists);
    }

    [Fact]
    public async Task The_second_writer_of_one_version_is_turned_away()
    {
        await using var harness = await StartAsync();
        var (a, b) = (await ReadAsync(harness, Id), await ReadAsync(harness, Id));
        await WriteAsync(harness, a, 1);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(harness, b, 2));
        await WriteAsync(harness, a, 3);
        var c = await ReadAsync(harness, Id);
        await WriteAsync(harness, c, 4);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(harness, a, 5));
        Assert.Equal(4, (await ReadAsync(harness, Id)).State!.Count);
    }

    [Fact]
    public async Task A_cleared_state_cannot_be_brought_back_by_an_old_writer()
    {
        await using var harness = await StartAsync();
        var a = await ReadAsync(harness, Id);
        await WriteAsync(harness, a, 1);
        var b = await ReadAsync(harness, Id);
        await harness.Store.GrainState.ClearStateAsync(Name, Id, a);
        Assert.Equal((false, 0), (a.RecordExists, a.State!.Count));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(harness, b, 2));
        var c = await ReadAsync(harness, Id);
        Assert.False(c.RecordExists);
        await WriteAsync(harness, c, 3);
        Assert.Equal(3, (await ReadAsync(harness, Id)).State!.Count);
    }

    private protected abstract Task<StoreHarness> StartAsync();

    private static async Task<GrainState<Snapshot>> ReadAsync(StoreHarness harness, GrainId id)
    {
        var state = new GrainState<Snapshot>();
        await harness.Store.GrainState.ReadStateAsync(Name, id, state);
        return state;
    }

    private static Task WriteAsync(StoreHarness harness, GrainState<Snapshot> state, int count)
    {
        state.State!.Count = count;
        return harness.Store.GrainState.WriteStateAsync(Name, Id, state);
    }

    private sealed class Snapshot
    {
        public int Count { get; set; }
    }
}

public sealed class SqliteGrainStateTests : GrainStateTests
{
    private protected override Task<StoreHarness> StartAsync() => Task.FromResult<StoreHarness>(new SqliteHarness());
}

public sealed class PostgresGrainStateTests(PostgresFixture postgres) : GrainStateTests
{
    private protected override async Task<StoreHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
