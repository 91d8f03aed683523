using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Keys.Tests.Admission;

public class AttemptTests
{
    private static KeyRig Limited()
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 100, tokens: 100_000) };
        return rig;
    }

    [Fact]
    public async Task A_repeated_admission_answers_the_same_and_counts_once()
    {
        var rig = Limited();
        rig.Book.Waits = true;
        var request = rig.Request();

        var first = rig.Admission.AdmitAsync(request);
        var second = rig.Admission.AdmitAsync(request);
        rig.Book.AnswerNext();
        var third = rig.Admission.AdmitAsync(request);

        Assert.Same((await first).Ticket, (await second).Ticket);
        Assert.Same((await first).Ticket, (await third).Ticket);
        Assert.Single(rig.Book.Holds);
        Assert.Equal((1, 0), rig.Counted());
        Assert.Equal(1, rig.Admission.Status().CallsInFlight);
    }

    /// <summary>Of an ended attempt its id is all that is kept: the answers of thousands of them made every collection of garbage slow.</summary>
    [Fact]
    public async Task An_attempt_that_has_ended_is_refused_when_it_comes_again()
    {
        var rig = Limited();
        var request = rig.Request();
        var ticket = (await rig.Admission.AdmitAsync(request)).Ticket!;
        await rig.SettleAsync(ticket, tokens: 40);

        Assert.Equal(RefusalReason.AccessBlocked, (await rig.RefuseAsync(request)).Reason);
        Assert.Equal((1, 40), rig.Counted());
        Assert.Single(rig.Book.Holds);
    }

    [Fact]
    public async Task A_repeated_settlement_counts_once_and_is_posted_again()
    {
        var rig = Limited();
        var ticket = await rig.AdmitAsync();

        for (var i = 0; i < 3; i++) await rig.SettleAsync(ticket, tokens: 40);

        Assert.Equal((1, 40), rig.Counted());
        Assert.Equal(0, rig.Admission.Status().CallsInFlight);
        Assert.Equal(3, rig.Book.Entries.Count(e => e.AttemptId == ticket.AttemptId));
    }

    [Fact]
    public async Task A_settlement_that_comes_first_refuses_the_admission()
    {
        var rig = Limited();
        var request = rig.Request();

        await rig.SettleAsync(new Ticket { AttemptId = request.AttemptId, VirtualKeyId = "vk" }, 0, AttemptOutcome.NotSent);
        var refusal = await rig.RefuseAsync(request);

        Assert.Equal(RefusalReason.AccessBlocked, refusal.Reason);
        Assert.Empty(rig.Book.Holds);
        Assert.Equal(0, rig.Admission.Status().CallsInFlight);
    }

    [Fact]
    public async Task A_settlement_that_overtakes_its_admission_refuses_it()
    {
        var rig = Limited();
        rig.Book.Waits = true;
        var request = rig.Request();
        var admitting = rig.Admission.AdmitAsync(request);

        await rig.SettleAsync(new Ticket { AttemptId = request.AttemptId, VirtualKeyId = "vk" }, 0, AttemptOutcome.NotSent);
        rig.Book.AnswerNext();

        Assert.NotNull((await admitting).Refusal);
        Assert.Equal(0, rig.Admission.Status().CallsInFlight);
        Assert.Equal((0, 0), rig.Counted());
        Assert.Single(rig.Book.Entries);
    }

    [Fact]
    public async Task A_settlement_of_another_activations_attempt_is_posted_and_counted_in_its_window_once()
    {
        var (old, rig) = (Limited(), Limited());
        var before = await old.AdmitAsync();
        old.Time.Advance(TimeSpan.FromMinutes(1));
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        var within = await old.AdmitAsync();

        await rig.SettleAsync(before, tokens: 40);
        await rig.SettleAsync(within, tokens: 30);
        await rig.SettleAsync(within, tokens: 30);

        Assert.Equal((0, 30), rig.Counted());
        Assert.Equal(3, rig.Book.Entries.Count);
        Assert.Equal(0, rig.Admission.Status().CallsInFlight);
    }

    [Fact]
    public async Task An_attempt_that_nobody_ever_settles_is_given_up()
    {
        var rig = Limited();
        rig.Key = rig.Key with { CallsInFlightMax = 1 };
        rig.Publish();
        var lost = await rig.AdmitAsync();
        rig.Time.Advance(TimeSpan.FromMinutes(11) - TimeSpan.FromTicks(1));
        await rig.RefuseAsync();

        rig.Time.Advance(TimeSpan.FromTicks(1));
        await rig.AdmitAsync();
        await rig.SettleAsync(lost);

        Assert.Equal(1, rig.Admission.Status().CallsInFlight);
        Assert.Single(rig.Book.Entries);
    }

    [Fact]
    public async Task Memory_is_bounded_by_number_and_by_time()
    {
        var rig = Limited();
        rig.Key = rig.Key with { RateLimit = null };
        rig.Publish();
        rig.Limits = new KeyLimits { EndedMax = 50 };
        var running = await rig.AdmitAsync();
        for (var i = 0; i < 500; i++) await rig.SettleAsync(await rig.AdmitAsync());
        Assert.Equal(51, rig.Admission.AttemptsKept);

        rig.Time.Advance(TimeSpan.FromMinutes(2));
        rig.Admission.Sweep();

        Assert.Equal(1, rig.Admission.AttemptsKept);
        await rig.SettleAsync(running);
        rig.Time.Advance(TimeSpan.FromMinutes(2));
        rig.Admission.Sweep();
        Assert.Equal(0, rig.Admission.AttemptsKept);
    }

    [Fact]
    public async Task A_refused_attempt_may_be_admitted_when_it_comes_again()
    {
        var rig = Limited();
        rig.Book.Answer = _ => new HoldReply(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetHeld, Message = "later" });
        var request = rig.Request();
        await rig.RefuseAsync(request);
        Assert.Equal(0, rig.Admission.AttemptsKept);
        rig.Book.Answer = r => new HoldReply(FakeBook.Lease, r.NeedNanos, null);

        await rig.AdmitAsync(request);
    }

    [Fact]
    public async Task A_book_that_fails_leaves_nothing_behind()
    {
        var rig = Limited();
        rig.Book.Waits = true;
        var admitting = rig.Admission.AdmitAsync(rig.Request());
        rig.Book.FailNext();

        await Assert.ThrowsAsync<IOException>(() => admitting);

        Assert.Equal((0, 0), (rig.Admission.AttemptsKept, rig.Admission.Status().CallsInFlight));
    }

    [Fact]
    public async Task A_key_that_is_revoked_while_it_waits_is_not_admitted()
    {
        var rig = Limited();
        rig.Book.Waits = true;
        var admitting = rig.Admission.AdmitAsync(rig.Request());
        rig.Key = rig.Key with { IsActive = false };
        rig.Publish();

        rig.Book.AnswerNext();

        Assert.Equal(RefusalReason.AccessBlocked, (await admitting).Refusal!.Reason);
        Assert.Equal(0L, Assert.Single(rig.Book.Entries).CostNanos);
    }

    [Fact]
    public async Task A_stale_request_is_decided_anew_on_the_newest_catalog()
    {
        var rig = Limited();
        rig.Book.Waits = true;
        var admitting = rig.Admission.AdmitAsync(rig.Request());
        rig.Publish();
        rig.Book.AnswerNext(new HoldReply(Guid.Empty, 0, null) { Stale = true });
        rig.Book.AnswerNext();

        Assert.NotNull((await admitting).Ticket);
        Assert.Equal([1L, 2L], rig.Book.Holds.Select(h => h.CatalogVersion));
    }

    [Fact]
    public async Task A_request_that_stays_stale_is_refused()
    {
        var rig = Limited();
        rig.Book.Answer = _ => new HoldReply(Guid.Empty, 0, null) { Stale = true };

        Assert.Equal(RefusalReason.LedgerUnavailable, (await rig.RefuseAsync()).Reason);
        Assert.InRange(rig.Book.Holds.Count, 2, 10);
    }

    [Fact]
    public async Task Entries_say_what_the_settlement_said()
    {
        var rig = Limited();
        await rig.SettleAsync(await rig.AdmitAsync(), tokens: 40, AttemptOutcome.Unknown, estimated: true);
        await rig.SettleAsync((await rig.AdmitAsync()) with { LeaseId = Guid.Empty }, tokens: 40);

        var (unknown, settled) = (rig.Book.Entries[0], rig.Book.Entries[1]);
        Assert.Equal(
            (LedgerEntryKind.Unknown, FakeBook.Lease, "vk", "p", "m", "r1", true),
            (unknown.Kind, unknown.LeaseId, unknown.VirtualKeyId, unknown.Provider, unknown.Model, unknown.RequestId, unknown.Estimated));
        Assert.Equal((LedgerEntryKind.Settle, (Guid?)null), (settled.Kind, settled.LeaseId));
    }
}
