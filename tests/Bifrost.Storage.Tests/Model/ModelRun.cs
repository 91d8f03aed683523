using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Model;

/// <summary>
/// Random processes with credit in hand, over a network that delays, repeats and loses; holders that die, windows that roll, limits that
/// move, operators that release. Every transaction is made on the store and on <see cref="ModelLedger"/>; both must agree in what
/// they answer and hold, and the invariants must hold.
/// </summary>
internal sealed class ModelRun
{
    private const long HolderTtlMs = 12_000;
    private const long LongestCallMs = 40_000;
    private static readonly Dictionary<string, long> PeriodsMs = new() { ["b1"] = 50_000, ["b2"] = 1_000_000, ["b3"] = 30_000, ["b4"] = 1_000_000 };
    private static readonly string[][] Chains = [["b1", "b2"], ["b1", "b2"], ["b1", "b2", "b3"], ["b2", "b3", "b4"], ["b1", "b4"]];

    private readonly LedgerHarness _harness;
    private readonly Random _random;
    private readonly bool _releases;
    private readonly ModelLedger _model = new(PeriodsMs);
    private readonly LedgerInvariants _invariants = new();
    private readonly ModelNetwork _network;
    private readonly List<ModelGrain> _grains = [];
    private readonly List<ModelCall> _calls = [];
    private readonly List<ModelCall> _bill = [];
    private readonly HashSet<Guid> _left = [];
    private readonly Dictionary<string, long> _limitMax = [];

    public ModelRun(LedgerHarness harness, int seed)
    {
        (_harness, _random) = (harness, new Random(seed));
        _network = new ModelNetwork(_random);
        _releases = _random.NextDouble() < 0.3;
    }

    public int Admitted { get; private set; }

    public int Granted { get; private set; }

    /// <summary>Leases granted below the need.</summary>
    public int GrantedShort { get; private set; }

    public int Transactions { get; private set; }

    private long NowMs => _model.NowMs;

    public async Task RunAsync(int steps)
    {
        foreach (var id in PeriodsMs.Keys) await SetLimitAsync(id, _random.Next(50, 3_000));
        for (var i = 0; i < 3; i++) await StartGrainAsync();
        for (var i = 0; i < steps; i++) await StepAsync();
        await DrainAsync();
        ModelEnd.Check(_model, _grains, _bill, _limitMax, _releases);
    }

    private async Task StepAsync()
    {
        if (_random.NextDouble() < 0.2) await AdvanceAsync(1_000);
        if (_random.NextDouble() < 0.8) await DeliverAsync();
        var grain = _grains[_random.Next(_grains.Count)];
        if (grain.HasLostHolder) await TakeHolderAsync(grain);
        var dice = _random.NextDouble();
        if (dice < 0.35) Admit(grain);
        else if (dice < 0.6) Settle();
        else if (dice < 0.7) GiveBack(grain);
        else if (dice < 0.8) _network.Send(NowMs, () => BeatAsync(grain.Holder));
        else if (dice < 0.84) await SweepAsync();
        else if (dice < 0.86) await KillAsync(grain);
        else if (dice < 0.88) await SetLimitAsync($"b{_random.Next(1, 5)}", _random.Next(0, 3_000));
        else if (dice < 0.90 && _releases) await ReleaseAsync();
        else if (dice < 0.92) GiveUp(grain);
        else if (dice < 0.95) Leave(grain);
    }

    private void Admit(ModelGrain grain)
    {
        var estimate = _random.Next(5, 61);
        foreach (var (id, lease) in grain.Leases)
        {
            if (NowMs >= lease.EndsMs || lease.Left < estimate) continue;
            var call = new ModelCall(_harness.NewId(), grain, id, estimate, CostOf(estimate));
            lease.Held[call.Attempt] = estimate;
            _calls.Add(call);
            Admitted++;
            return;
        }

        if (grain.Pending is not null) return;
        var (leaseId, sentMs) = (_harness.NewId(), NowMs);
        grain.Pending = (leaseId, sentMs);
        var acquire = Commands.Acquire(leaseId, grain.Holder, estimate, estimate * 8, grain.Chain) with
        {
            LeastNanos = _random.Next(2) == 0 ? estimate : Math.Max(1, estimate / _random.Next(2, 13)),
            OwnNanos = grain.Leases.Values.Sum(lease => lease.Held.Values.Sum()),
        };
        _network.Send(NowMs, new LedgerBatch { Acquires = [acquire] }, answer => Acquired(grain, acquire, sentMs, answer));
    }

    /// <summary>The call that a lease was asked for goes on with what it got, and costs no more.</summary>
    private void AdmitAsker(ModelGrain grain, Guid leaseId, HandLease lease)
    {
        var call = new ModelCall(_harness.NewId(), grain, leaseId, lease.Granted, _random.NextInt64(0, lease.Granted + 1));
        lease.Held[call.Attempt] = call.Estimate;
        _calls.Add(call);
        GrantedShort++;
        Admitted++;
    }

    private long CostOf(long estimate) => _random.Next(10) switch
    {
        < 5 => estimate,
        < 9 => _random.NextInt64(0, estimate + 1),
        _ => estimate + _random.Next(1, 41),
    };

    private void Acquired(ModelGrain grain, AcquireCommand acquire, long sentMs, string answer)
    {
        var leaseId = acquire.LeaseId;
        if (grain.Pending?.Lease != leaseId) return;
        grain.Pending = null;
        var words = answer.Split(' ');
        if (words[0] == "granted")
        {
            Granted++;
            var lease = grain.Leases[leaseId] = new HandLease { Granted = long.Parse(words[1]), EndsMs = sentMs + long.Parse(words[5]) };
            if (lease.Granted < acquire.NeedNanos) AdmitAsker(grain, leaseId, lease);
        }
        else if (answer == $"refused {AcquireRefusal.TooLittle}")
        {
            foreach (var id in grain.Leases.Keys.ToList()) Trim(grain, id);
        }
        else
        {
            grain.HasLostHolder |= answer == $"refused {AcquireRefusal.HolderDead}";
            _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Close(leaseId)] }, null);
        }
    }

    private void Settle()
    {
        if (_calls.Count == 0) return;
        var call = _calls[_random.Next(_calls.Count)];
        _calls.Remove(call);
        _bill.Add(call);

        // What a killed process spent is never told; what another process took over is.
        var isLeft = _left.Contains(call.Attempt);
        if (call.Grain.IsDead && !isLeft) return;
        var lease = isLeft ? new HandLease() : call.Grain.Leases[call.Lease];
        lease.Held.Remove(call.Attempt);
        lease.Settled += call.Cost;
        lease.Unacknowledged++;
        var post = new LedgerBatch { Posts = [Commands.Entry(call.Attempt, call.Lease, call.Cost) with { HoldNanos = call.Estimate }] };
        _network.Send(NowMs, post, _ => lease.Unacknowledged--);

        // The writer repeats until it is acknowledged.
        _network.Repeat(NowMs + 20_000, post);
    }

    private void GiveBack(ModelGrain grain)
    {
        foreach (var (id, lease) in grain.Leases.ToList())
            if (NowMs >= lease.EndsMs || _random.NextDouble() < 0.2) Trim(grain, id);
    }

    private void Trim(ModelGrain grain, Guid id)
    {
        var lease = grain.Leases[id];
        lease.Granted = Math.Min(lease.Granted, lease.Keep);
        if (lease.Held.Count == 0 && lease.Unacknowledged <= 0)
        {
            grain.Leases.Remove(id);
            _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Close(id)] }, null);
        }
        else
        {
            _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Trim(id, lease.Keep)] }, null);
        }
    }

    private void GiveUp(ModelGrain grain)
    {
        if (grain.Pending is not { } pending || NowMs <= pending.SentMs + 10_000) return;
        _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Close(pending.Lease)] }, null);
        grain.Pending = null;
    }

    /// <summary>The calls of a lease move to another process; it is told of once its own entries are acknowledged.</summary>
    private void Leave(ModelGrain grain)
    {
        foreach (var (id, lease) in grain.Leases.Where(each => each.Value is { Held.Count: > 0, Unacknowledged: <= 0 }).ToList())
        {
            grain.Leases.Remove(id);
            _left.UnionWith(lease.Held.Keys);
            var holds = lease.Held.Select(held => new LeftHold(held.Key, held.Value));
            _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Leave(id, 0, [.. holds])] }, null);
        }
    }

    private async Task KillAsync(ModelGrain grain)
    {
        grain.IsDead = true;
        _grains.Remove(grain);
        await StartGrainAsync();
    }

    private async Task StartGrainAsync()
    {
        var grain = new ModelGrain(Chains[_random.Next(Chains.Length)]);
        await TakeHolderAsync(grain);
        _grains.Add(grain);
    }

    /// <summary>A process that was away too long goes on under a new id: it admits nothing from old leases, but settles and closes them.</summary>
    private async Task TakeHolderAsync(ModelGrain grain)
    {
        grain.TakeHolder(_harness.NewId());
        Assert.True((await _harness.Ledger.RegisterHolderAsync(grain.Holder, TimeSpan.FromMilliseconds(HolderTtlMs), 0, default)).Alive);
        _model.Holders[grain.Holder] = (NowMs + HolderTtlMs, false);
    }

    private async Task<string> BeatAsync(Guid holder)
    {
        var reply = await _harness.Ledger.HeartbeatAsync(holder, TimeSpan.FromMilliseconds(HolderTtlMs), 0, default);
        Assert.Equal(_model.Beat(holder, HolderTtlMs), reply.Alive);
        return "";
    }

    private async Task SweepAsync()
    {
        var reply = await _harness.Ledger.SweepAsync(TimeSpan.Zero, default);
        Assert.Equal(_model.Sweep(0), reply.LeasesDoubted);
        await CheckAsync();
    }

    private async Task ReleaseAsync()
    {
        var doubted = _model.Leases.Where(l => l.Value.State == LeaseState.Doubt).Select(l => l.Key).Order().ToList();
        if (doubted.Count == 0) return;
        var id = doubted[_random.Next(doubted.Count)];
        var late = NowMs > _model.Leases[id].DoubtAtMs + LongestCallMs + 15_000;
        var reply = await _harness.Ledger.ReleaseAsync(id, TimeSpan.FromMilliseconds(LongestCallMs + 15_000), default);
        Assert.Equal(late ? ReleaseReply.Released : ReleaseReply.TooEarly, reply);
        if (late) _model.GiveBack(id, 0, final: true);
        await CheckAsync();
    }

    private async Task SetLimitAsync(string id, long limit)
    {
        await _harness.BudgetAsync(id, limit, $"{PeriodsMs[id] / 1_000}s");
        if (_model.Budgets.TryGetValue(id, out var budget)) budget.Limit = limit;
        else _model.Budgets[id] = new ModelBudget { Limit = limit };
        _limitMax[id] = Math.Max(_limitMax.GetValueOrDefault(id), limit);
    }

    /// <summary>Brings some of what is due to the store, in one batch; answers may be lost.</summary>
    private async Task DeliverAsync()
    {
        var due = _network.TakeDue(NowMs);
        foreach (var message in due.Where(message => message.Run is not null)) await message.Run!();
        var answers = await RunAsync(due.Where(message => message.Batch is not null).ToList());
        foreach (var (message, answer) in answers)
            if (_random.NextDouble() < 0.85) message.Answer?.Invoke(answer);
    }

    private async Task<List<(Message Message, string Answer)>> RunAsync(List<Message> messages)
    {
        var batch = new LedgerBatch
        {
            Posts = [.. messages.SelectMany(m => m.Batch!.Posts)],
            GiveBacks = [.. messages.SelectMany(m => m.Batch!.GiveBacks)],
            Acquires = [.. messages.SelectMany(m => m.Batch!.Acquires)],
        };
        var isNew = batch.Acquires.Select(command => !_model.Leases.ContainsKey(command.LeaseId)).ToList();
        var expected = _model.Run(batch);
        var reply = await _harness.Ledger.RunAsync(batch, default);
        var said = reply.Acquires.Select(ModelComparison.Describe).ToList();
        Assert.Equal(expected, said);
        Assert.Empty(reply.InvalidPosts);
        var state = await CheckAsync();
        for (var i = 0; i < said.Count; i++)
            if (isNew[i] && reply.Acquires[i] is LeaseGranted) LedgerInvariants.CheckGrant(state, batch.Acquires[i].BudgetIds);
        if (_random.NextDouble() < 0.2)
        {
            await _harness.Ledger.RunAsync(batch, default);
            Assert.Equal(state.Text(), (await _harness.ReadStateAsync()).Text());
        }

        var next = 0;
        return [.. messages.Select(m => (m, m.Batch!.Acquires.IsEmpty ? "" : said[next++]))];
    }

    private async Task<LedgerState> CheckAsync()
    {
        Transactions++;
        var state = await _harness.ReadStateAsync();
        _invariants.Check(state);
        ModelComparison.Equal(_model, state);
        return state;
    }

    private async Task AdvanceAsync(long ms)
    {
        _model.NowMs += ms;
        await _harness.AdvanceAsync(TimeSpan.FromMilliseconds(ms));
    }

    /// <summary>No more faults: everything is settled, delivered, closed and swept.</summary>
    private async Task DrainAsync()
    {
        while (_calls.Count > 0) Settle();
        for (var round = 0; round < 5; round++)
        {
            while (_network.TakeNext() is { } next)
            {
                if (next.DueMs > NowMs) await AdvanceAsync(next.DueMs - NowMs);
                if (next.Run is not null)
                {
                    await next.Run();
                    continue;
                }

                var answer = (await RunAsync([next]))[0].Answer;
                next.Answer?.Invoke(answer);
            }

            // A late answer admits the call that it was asked for.
            while (_calls.Count > 0) Settle();
            foreach (var grain in _grains)
            {
                if (grain.Pending is { } pending) _network.Send(NowMs, new LedgerBatch { GiveBacks = [Bifrost.Ledger.Store.GiveBack.Close(pending.Lease)] }, null);
                grain.Pending = null;
                foreach (var (id, lease) in grain.Leases.ToList())
                {
                    lease.Unacknowledged = 0;
                    Trim(grain, id);
                }
            }
        }

        await AdvanceAsync(100_000);
        while ((await _harness.Ledger.SweepAsync(TimeSpan.Zero, default)).LeasesDoubted > 0) { }
        _model.Sweep(0);
        await CheckAsync();
    }
}
