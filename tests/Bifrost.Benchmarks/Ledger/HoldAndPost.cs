using BenchmarkDotNet.Attributes;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Benchmarks.Ledger;

/// <summary>
/// What one call pays for its accounting in this process: hold before, entry after, batches made and taken by the loop beside it. Calls
/// come in bursts of <see cref="Burst"/> whose entries are awaited together.
/// </summary>
[MemoryDiagnoser]
public class HoldAndPost
{
    public const int Burst = 1_000;

    private readonly Task[] _posted = new Task[Burst];
    private BudgetChain _chain = BudgetChain.Empty;
    private LeaseBook? _book;

    [Params(0, 3)]
    public int Budgets { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _chain = BudgetChain.Of(Enumerable.Range(0, Budgets).Select(i => new ChainBudget("b" + i, BudgetLevel.Team, "t")));
        _book = new LeaseBook(new GrantingStore(), new LedgerOptions { BatchDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, NullLogger<LeaseBook>.Instance);
        await _book.StartAsync(default);
        _book.TakeCatalog(0, _ => true);
    }

    [GlobalCleanup]
    public Task Cleanup() => _book!.StopAsync(default);

    [Benchmark(OperationsPerInvoke = Burst)]
    public async Task Calls()
    {
        for (var i = 0; i < Burst; i++)
        {
            var attemptId = Guid.CreateVersion7();
            var held = await _book!.HoldAsync(new HoldRequest(attemptId, _chain, "k", 1_000, 0), default);
            if (!held.Admitted) throw new InvalidOperationException(held.Refusal!.Message);
            _posted[i] = _book.PostAsync(new LedgerEntry
            {
                AttemptId = attemptId,
                LeaseId = held.LeaseId == Guid.Empty ? null : held.LeaseId,
                Kind = LedgerEntryKind.Settle,
                VirtualKeyId = "k",
                Provider = "p",
                Model = "m",
                RequestId = "r",
                CostNanos = 400,
            });
        }

        await Task.WhenAll(_posted);
    }
}
