using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>A key's admission in the hands of its silo's callers.</summary>
public sealed class KeyLoanTests
{
    private readonly KeyRig _rig = new();
    private readonly FakeKeyGrain _grain = new();
    private readonly KeyReference _reference;
    private readonly KeyLoan _loan;

    public KeyLoanTests()
    {
        _reference = new KeyReference(_grain);
        _loan = new KeyLoan(_rig.Admission, new UnpricedCalls(new TestMeters(), _rig.Time, NullLogger<UnpricedCalls>.Instance), _rig.Time);
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
        _rig.Key = _rig.Key with { CallsInFlightMax = 7 };
        _rig.Publish();
        _loan.Begin();
        var most = 0;
        await Parallel.ForAsync(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var reply = await _reference.AdmitAsync(_rig.Request());
                var running = _rig.Admission.Status().CallsInFlight;
                if (running > Volatile.Read(ref most)) Volatile.Write(ref most, running);
                if (reply.Ticket is { } ticket) await _reference.SettleAsync(TestKey.End(ticket));
            }
        }).InTimeAsync();

        Assert.InRange(most, 1, 7);
        Assert.Equal(0, _rig.Admission.Status().CallsInFlight);
        Assert.Equal(_rig.Book.Holds.Count, _rig.Book.Entries.Count);
    }

    private Task<AdmitReply> AdmitAsync() => _reference.AdmitAsync(_rig.Request());

    /// <summary>Calls that went to the grain, and those that entered what it lent.</summary>
    private (int Grain, int Lent) Taken() => (_grain.Admits.Count, _rig.Book.Holds.Count);
}
