using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Jobs;

/// <summary>One activation of a partition's queue: the real window, looked after as <c>JobQueueGrain</c> does, without an engine.</summary>
internal sealed class SimQueue(int partition, IJobStore store, JobOptions options, TimeProvider time)
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly DueWindow _window = new(options, _ => options.RunningPerKeyMax, time);
    private long? _countedAt;

    public int LanesKept => _window.LanesKept;

    public async Task<JobPullReply> PullAsync(int room)
    {
        await _turn.WaitAsync();
        try
        {
            try
            {
                await CountAsync();
                for (var looks = 0; looks < 16 && _window.NextKeyToLookAt() is { } key; looks++) await LookAsync(_window.QueryOf(partition, key));
                for (var walks = 0; walks < 4 && _window.NextWalk(partition) is { } walk; walks++) await LookAsync(walk);
            }
            catch (StoreUnavailableException)
            {
                // What is in the window is handed out all the same.
            }

            var jobs = ImmutableArray.CreateBuilder<JobHandout>();
            _window.HandOut(room, jobs);
            return new JobPullReply { Jobs = jobs.DrainToImmutable(), More = _window.HasMore() };
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Nudge(string virtualKeyId) => _window.Nudge(virtualKeyId);

    public void Done(JobDone done) => _window.Done(done);

    private async Task LookAsync(JobDueQuery query) => _window.Take(query, await store.ReadDueAsync(query, CancellationToken.None));

    private async Task CountAsync()
    {
        if (_countedAt is { } at && time.GetElapsedTime(at) < options.SweepEvery) return;
        var sentAt = _window.Mark();
        _window.Count(await store.ReadRunningAsync(partition, CancellationToken.None), sentAt);
        _countedAt = time.GetTimestamp();
    }
}
