using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>A key's admission in the hands of its silo's callers.</summary>
public sealed class KeyLoanTests
{
    private readonly KeyRig _rig = new();
    private readonly FakeKeyGrain _grain = new();
    private readonly KeyReference _reference;
    private readonly UnpricedCalls _unpriced;
    private readonly KeyLoan _loan;

    public KeyLoanTests()
    {
        _reference = new KeyReference(_grain);
        _unpriced = new UnpricedCalls(new TestMeters(), _rig.Time, NullLogger<UnpricedCalls>.Instance);
        _loan = new KeyLoan(_rig.Admission, _unpriced, _rig.Time);
        _reference.Lend(_loan);
    }

    [Fact]
    public async Task Nothing_is_lent_before_the_grain_says_so()
    {
        await AdmitAsync();
        Assert.Equal((1, 0), Taken());
    }

    [Fact]
    public async Task It_is_lent_for_a_second_and_then_the_grain_is_asked()
    {
        _loan.Begin();
        await AdmitAsync();
        _rig.Time.Advance(KeyLoan.Term - TimeSpan.FromTicks(1));
        await AdmitAsync();
        Assert.Equal((0, 2), Taken());

        _rig.Time.Advance(TimeSpan.FromTicks(1));
        await AdmitAsync();
        Assert.Equal((1, 2), Taken());

        _loan.Begin();
        await AdmitAsync();
        Assert.Equal((1, 3), Taken());
    }

    [Fact]
    public async Task Taken_back_it_admits_and_settles_no_one()
    {
        _loan.Begin();
        var ticket = (await AdmitAsync()).Ticket!;
        _loan.End();

        await AdmitAsync();
        await _reference.SettleAsync(TestKey.End(ticket));

        Assert.Equal((1, 1), Taken());
        Assert.Equal(ticket.AttemptId, Assert.Single(_grain.Settlements).Ticket.AttemptId);
        Assert.Empty(_rig.Book.Entries);
    }

    /// <summary>The hold of a call that ended on another silo stayed in the book of the silo that its key had left, and became doubt.</summary>
    [Fact]
    public async Task Taken_back_it_leaves_its_running_calls_to_the_silo_that_ends_them()
    {
        _loan.Begin();
        var ended = (await AdmitAsync()).Ticket!;
        var running = (await AdmitAsync()).Ticket!;
        await _reference.SettleAsync(TestKey.End(ended));

        _loan.End();

        Assert.Equal([running.AttemptId], _rig.Book.Left);
    }

    [Fact]
    public async Task A_call_is_settled_where_it_was_admitted_while_the_loan_runs()
    {
        _loan.Begin();
        var ticket = (await AdmitAsync()).Ticket!;
        await _reference.SettleAsync(TestKey.End(ticket));
        Assert.Equal(0, _rig.Admission.Status().CallsInFlight);
        Assert.Single(_rig.Book.Entries);
        Assert.Empty(_grain.Settlements);
    }

    [Fact]
    public async Task Callers_on_many_threads_take_no_place_twice()
    {
        _rig.Key = _rig.Key with { CallsInFlightMax = 1 };
        _rig.Publish();
        _rig.Book.Later = true;
        _loan.Begin();
        var (running, together) = (0, 0);
        await Parallel.ForAsync(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var reply = await _reference.AdmitAsync(_rig.Request());
                if (reply.Ticket is not { } ticket) continue;
                if (Interlocked.Increment(ref running) > 1) Interlocked.Increment(ref together);
                await Task.Yield();
                Interlocked.Decrement(ref running);
                await _reference.SettleAsync(TestKey.End(ticket));
            }
        }).InTimeAsync();

        Assert.Equal(0, together);
        Assert.Equal(0, _rig.Admission.Status().CallsInFlight);
        Assert.Equal(_rig.Book.Holds.Count, _rig.Book.Entries.Count);
    }

    [Fact]
    public async Task Who_waits_for_credit_when_it_is_taken_back_is_refused_and_keeps_nothing()
    {
        _rig.Book.Waits = true;
        _loan.Begin();
        var waiting = AdmitAsync();
        _loan.End();
        _rig.Book.AnswerNext();

        Assert.Equal(RefusalReason.LedgerUnavailable, (await waiting.InTimeAsync()).Refusal?.Reason);
        Assert.Equal(0, _rig.Admission.Status().CallsInFlight);
        var entry = Assert.Single(_rig.Book.Entries);
        Assert.Equal((0L, FakeBook.Lease), (entry.CostNanos, entry.LeaseId));
    }

    [Fact]
    public async Task A_slice_that_comes_when_it_was_taken_back_is_given_back()
    {
        var limit = new GlobalLimit { Id = "g", Provider = "p", Model = "m", RateLimit = new RateLimit { RequestsMax = 10 } };
        _rig.Publish(catalog => catalog with { GlobalLimits = [limit] });
        var account = _rig.Accounts[AccountKeys.OfLimit("g")];
        account.Slow = true;
        _loan.Begin();
        var waiting = AdmitAsync();
        _loan.End();
        await _rig.Admission.ReturnSharedAsync(all: true);
        account.LetNext();

        Assert.Equal(RefusalReason.LedgerUnavailable, (await waiting.InTimeAsync()).Refusal?.Reason);
        await Eventually.UntilAsync(() => account.Windows.Status(limit.RateLimit, _rig.Time.GetUtcNow()).Requests is { Used: 0, Held: 0 });
    }

    [Fact]
    public async Task A_loan_that_was_taken_back_is_forgotten_and_another_is_not()
    {
        _loan.Begin();
        _reference.TakeBack(new KeyLoan(_rig.Admission, _unpriced, _rig.Time));
        await AdmitAsync();
        Assert.Equal((0, 1), Taken());

        _reference.TakeBack(_loan);
        await AdmitAsync();
        Assert.Equal((1, 1), Taken());
    }

    private Task<AdmitReply> AdmitAsync() => _reference.AdmitAsync(_rig.Request());

    /// <summary>Calls that went to the grain, and those that entered what it lent.</summary>
    private (int Grain, int Lent) Taken() => (_grain.Admits.Count, _rig.Book.Holds.Count);
}
