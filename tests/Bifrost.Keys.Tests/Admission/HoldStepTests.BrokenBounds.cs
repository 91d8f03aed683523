using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Tests.Admission;

public partial class HoldStepTests
{
    [Fact]
    public async Task A_bound_that_was_broken_is_held_higher_at_once_and_at_last_the_model_is_refused()
    {
        var rig = Budgeted();
        var ticket = await rig.AdmitAsync();
        var before = rig.Book.Holds[0].NeedNanos;

        await SettleAt(rig, ticket, cost: before * 2);
        var next = await rig.AdmitAsync();
        await SettleAt(rig, next, cost: before * 40);
        var refusal = await rig.RefuseAsync();

        Assert.InRange(rig.Book.Holds[1].NeedNanos, before * 2, (before * 2) + 2);
        Assert.Equal(RefusalReason.BoundBroken, refusal.Reason);
    }

    [Fact]
    public async Task Calls_at_once_raise_a_bound_to_the_highest_and_repetitions_do_not_raise_it()
    {
        var rig = Budgeted();
        var tickets = new List<Ticket>();
        for (var i = 0; i < 5; i++) tickets.Add(await rig.AdmitAsync());
        var before = rig.Book.Holds[0].NeedNanos;

        foreach (var ticket in tickets)
            for (var i = 0; i < 3; i++) await SettleAt(rig, ticket, cost: before * 2);
        await rig.AdmitAsync();

        Assert.InRange(rig.Book.Holds[^1].NeedNanos, before * 2, (before * 2) + 2);
    }

    [Fact]
    public async Task An_estimated_cost_breaks_no_bound()
    {
        var rig = Budgeted();
        var ticket = await rig.AdmitAsync();

        await SettleAt(rig, ticket, cost: 1_000_000, estimated: true);
        await rig.AdmitAsync();

        Assert.Equal(rig.Book.Holds[0].NeedNanos, rig.Book.Holds[1].NeedNanos);
    }

    /// <summary>What was cut to what the model can do, or named a dearer price, is above for sure although a part of it is estimated.</summary>
    [Fact]
    public async Task An_estimated_cost_that_is_above_for_sure_breaks_the_bound()
    {
        var rig = Budgeted();
        var ticket = await rig.AdmitAsync();
        var before = rig.Book.Holds[0].NeedNanos;

        await SettleAt(rig, ticket, cost: before * 2, estimated: true, isAbove: true);
        await rig.AdmitAsync();

        Assert.InRange(rig.Book.Holds[1].NeedNanos, before * 2, (before * 2) + 2);
    }

    private static Task SettleAt(KeyRig rig, Ticket ticket, long cost, bool estimated = false, bool isAbove = false) => rig.Admission.SettleAsync(new Settlement
    {
        Ticket = ticket,
        Outcome = AttemptOutcome.Completed,
        Provider = "p",
        Model = "m",
        CostNanos = cost,
        Estimated = estimated,
        AboveBound = isAbove,
        RequestId = "r",
    });
}
