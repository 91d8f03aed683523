using System.Buffers.Binary;
using System.Collections.Immutable;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>The rules of one silo on the in-memory store, step by step: no loops, no threads, the clock moves when told.</summary>
internal sealed class TableRig
{
    public static readonly BudgetChain Team = BudgetChain.Of([new ChainBudget("team", BudgetLevel.Team, "acme")]);
    public static readonly BudgetChain TeamAndKey =
        BudgetChain.Of([new ChainBudget("team", BudgetLevel.Team, "acme"), new ChainBudget("key", BudgetLevel.VirtualKey, "bot")]);

    private readonly short _silo;
    private int _ids;

    /// <param name="silo">Tells the ids of several silos on one store apart.</param>
    public TableRig(long teamLimit = 1_000, LedgerOptions? options = null, InMemoryLedgerStore? store = null, FakeTimeProvider? clock = null, short silo = 0)
    {
        _silo = silo;
        Clock = clock ?? new FakeTimeProvider();
        Start = Clock.GetUtcNow();
        Store = store ?? new InMemoryLedgerStore(Clock) { Committed = new LedgerInvariants().Check };
        Options = options ?? new LedgerOptions();
        Gate = new HolderGate(Options.HolderTtl);
        Table = new LeaseTable(Options, Gate, NewId);
        Gate.Begin(NewId());
        if (store is null) Apply(new LedgerCatalogChange { Budgets = [Budget("team", teamLimit), Budget("key", 100_000)] });
        Beat();
        Take();
    }

    public FakeTimeProvider Clock { get; }
    public DateTimeOffset Start { get; }
    public InMemoryLedgerStore Store { get; }
    public LedgerOptions Options { get; }
    public HolderGate Gate { get; }
    public LeaseTable Table { get; }
    public TimeSpan Now => Clock.GetUtcNow() - Start;

    public static BudgetDefinition Budget(string id, long limit) => new()
    {
        Id = id, Level = BudgetLevel.Team, OwnerId = "o", Period = new WindowPeriod(1, PeriodUnit.Day, true), LimitNanos = limit,
    };

    public static T Finished<T>(Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
#pragma warning disable VSTHRD002 // Just seen to be complete.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    public void Apply(LedgerCatalogChange change) => Finished(Store.ApplyAsync(change, default));

    public void Beat()
    {
        var reply = Gate.Registered
            ? Finished(Store.HeartbeatAsync(Gate.HolderId, Options.HolderTtl, Gate.TakenVersion, default))
            : Finished(Store.RegisterHolderAsync(Gate.HolderId, Options.HolderTtl, Gate.TakenVersion, default));
        if (reply.Alive) Gate.Answered(Now, Now, reply);
        else Table.Ends.LoseHolder();
    }

    public void Take() => Table.Ends.TakeCatalog(Store.CatalogVersion, _ => true);

    public HoldReply? Ask(long need, BudgetChain? chain = null, Guid? attemptId = null, long? version = null, long? least = null)
    {
        var request = new HoldRequest(attemptId ?? NewId(), chain ?? Team, "k", need, version ?? Store.CatalogVersion) { LeastNanos = least ?? need };
        var held = Table.Admission.Hold(request, Now, out LastWaiter);
        return LastWaiter is null ? held : null;
    }

    public Attempt? LastWaiter;

    /// <summary>Asks, runs the store, and answers what came of it.</summary>
    public HoldReply Hold(long need, BudgetChain? chain = null, Guid? attemptId = null, long? least = null)
    {
        var held = Ask(need, chain, attemptId, least: least);
        if (held is { } now) return now;
        var waiter = LastWaiter!;
        Run();
        return Finished(waiter.Answer!.Task);
    }

    public Task Post(Guid attemptId, long cost, Guid? leaseId = null, long hold = 0) => Table.Settlement.Post(
        new LedgerEntry
        {
            AttemptId = attemptId, LeaseId = leaseId, Kind = LedgerEntryKind.Settle, VirtualKeyId = "k", Provider = "p", Model = "m", RequestId = "r",
            CostNanos = cost, HoldNanos = hold,
        },
        Now);

    /// <summary>Runs batches until there is nothing more to say.</summary>
    public int Run()
    {
        var batches = 0;
        while (Table.Batches.Next(Now) is { } batch)
        {
            Table.Batches.Done(batch, Finished(Store.RunAsync(batch.Batch, default)), Now, Now);
            Assert.True(++batches < 100, "the table always has something to say");
        }

        return batches;
    }

    /// <summary>Runs one batch and takes its answer after something else has happened.</summary>
    public void Step(Action? meanwhile = null)
    {
        var sentAt = Now;
        var batch = Table.Batches.Next(sentAt)!;
        var reply = Finished(Store.RunAsync(batch.Batch, default));
        meanwhile?.Invoke();
        Table.Batches.Done(batch, reply, sentAt, Now);
    }

    public void Pass(double seconds)
    {
        Clock.Advance(TimeSpan.FromSeconds(seconds));
        Beat();
        Table.Ends.Tick(Now);
    }

    /// <summary>Ids of this moment, in the order of their making.</summary>
    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Bifrost.Ledger.Ids.UuidTime.LeastOf(Clock.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt16BigEndian(bytes[8..], _silo);
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], ++_ids);
        return new Guid(bytes, bigEndian: true);
    }
}
