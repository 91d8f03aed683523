using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Grains;
using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Tests.Grains;

/// <summary>What of a key outlives its activation, and how it is written.</summary>
public class KeySnapshotTests
{
    private readonly FakeState.Row _row = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Writes_only_what_changed()
    {
        var (admission, keeper, state) = Activate();
        await keeper.WriteAsync();
        Assert.Equal(0, state.Writes);

        await UseAsync(admission);
        Assert.True(keeper.IsDirty);
        await keeper.WriteAsync();
        await keeper.WriteAsync();

        Assert.Equal(1, state.Writes);
        Assert.False(keeper.IsDirty);
    }

    [Fact]
    public async Task Hands_windows_and_ratios_to_the_next_activation()
    {
        var (admission, keeper, _) = Activate();
        await UseAsync(admission);
        await UseAsync(admission);
        await keeper.WriteAsync();

        var (next, _, _) = Activate();

        Assert.Equal(8, next.Status().RateLimits!.RemainingRequests);
        var (before, after) = (admission.Snapshot(), next.Snapshot());
        Assert.Equal(before.Windows.OrderBy(w => w.OfTokens), after.Windows.OrderBy(w => w.OfTokens));
        Assert.Equal(before.Models, after.Models);
        Assert.Single(after.Models);
    }

    [Fact]
    public async Task Merges_what_another_activation_wrote()
    {
        var (one, oneKeeper, _) = Activate();
        var (two, twoKeeper, twoState) = Activate();
        for (var i = 0; i < 3; i++) await UseAsync(one);
        await UseAsync(two);

        await oneKeeper.WriteAsync();
        await twoKeeper.WriteAsync();

        Assert.Equal(2, twoState.Writes);
        Assert.Equal(7, two.Status().RateLimits!.RemainingRequests);
        var (next, _, _) = Activate();
        Assert.Equal(7, next.Status().RateLimits!.RemainingRequests);
    }

    [Fact]
    public async Task Makes_up_for_a_failed_write_with_the_next()
    {
        var (admission, keeper, state) = Activate();
        await UseAsync(admission);
        state.Trouble = new IOException("store away");
        await keeper.WriteAsync();
        Assert.True(keeper.IsDirty);

        state.Trouble = null;
        await keeper.WriteAsync();

        Assert.False(keeper.IsDirty);
        Assert.Equal(1, _row.Version);
    }

    [Fact]
    public void Leaves_out_what_it_does_not_understand()
    {
        _row.Value = new VirtualKeyState
        {
            Windows = [new WindowState { PeriodUnit = "Fortnight", PeriodCount = 1, Used = 9 }, new WindowState { PeriodUnit = "Year", Used = 9 }],
        };

        var (admission, _, _) = Activate();

        Assert.Equal(10, admission.Status().RateLimits!.RemainingRequests);
    }

    private (KeyAdmission, SnapshotKeeper<VirtualKeyState>, FakeState) Activate()
    {
        var state = new FakeState(_row);
        var admission = new KeyAdmission("vk", TestKey.Catalog(requestsMax: 10), new FakeBook(), NoAccounts, new BrokenBounds(TestKey.Catalog(requestsMax: 10), _time), _time, new KeyLimits(), new AccountLimits());
        var keeper = new SnapshotKeeper<VirtualKeyState>(
            state,
            () => admission.Changes,
            () => KeyStateMap.ToState(admission.Snapshot()),
            left => admission.Merge(KeyStateMap.ToSnapshot(left)),
            _ => { });
        keeper.Restore();
        return (admission, keeper, state);
    }

    private static IAccountGrain NoAccounts(string key) => throw new InvalidOperationException("Nothing is shared here.");

    private static async Task UseAsync(KeyAdmission admission)
    {
        var reply = await admission.AdmitAsync(TestKey.Request());
        await admission.SettleAsync(TestKey.End(reply.Ticket!));
    }
}
