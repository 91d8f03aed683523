using Bifrost.Jobs.Transactions;
using System.Text;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Simulation.Jobs;

internal sealed partial class JobWorld
{
    // The rows as they were after the last transaction, and what is counted apart from them.
    private readonly Dictionary<Guid, JobRow> _before = [];
    private readonly HashSet<Guid> _born = [];
    private readonly Dictionary<Guid, int> _charged = [];
    private readonly Dictionary<Guid, DateTimeOffset> _endedAt = [];
    private readonly HashSet<(Guid JobId, long Fence)> _fences = [];
    private readonly HashSet<Guid> _retried = [];
    private readonly HashSet<Guid> _ledger = [];
    private readonly Dictionary<(Guid JobId, long Fence), string> _told = [];

    private SortedDictionary<Guid, JobRow> Rows => Database.Rows.Jobs;

    /// <summary>The entry of an attempt is durable; once more does no harm.</summary>
    public void Book(Guid attemptId) => _ledger.Add(attemptId);

    /// <summary>A runner said what came of its run; it says the same until it is heard.</summary>
    public void Told(Guid jobId, long fence, JobOutcome? outcome)
    {
        if (outcome is null) return;
        var text = Encoding.UTF8.GetString(outcome.Body.Span);
        if (!_told.TryAdd((jobId, fence), text)) Must(_told[(jobId, fence)] == text, $"run {fence} of job {jobId} changed its word");
    }

    private bool RowsChanged() => Rows.Count != _before.Count
        || Rows.Any(row => !_before.TryGetValue(row.Key, out var before) || !ReferenceEquals(before, row.Value));

    /// <summary>Every row against what it was before this one command.</summary>
    private void CheckRows(JobCommand command)
    {
        var changed = Rows.Count != _before.Count;
        foreach (var (id, before) in _before)
        {
            if (!Rows.TryGetValue(id, out var after))
            {
                Must(command.Name == "Sweep" && before.ExpiresAt <= _storeClock.GetUtcNow(), $"{command}: job {id} is gone before its time");
                Must(!Database.Rows.Requests.ContainsKey(id) && !Database.Rows.Outcomes.ContainsKey(id), $"job {id} is gone and its bodies are not");
                _before.Remove(id);
            }
            else if (!ReferenceEquals(before, after))
            {
                CheckChange(command, before, after);
                Count(command, after);
                _before[id] = after;
                changed = true;
            }
        }

        if (!changed) return;
        foreach (var (id, row) in Rows)
        {
            if (_before.ContainsKey(id)) continue;
            Must(command is { Name: "Submit" } && command.JobId == id && _born.Add(id), $"{command}: job {id} comes from nowhere");
            Must(row is { Status: JobStatus.Pending, Fence: 0, Attempts: 0 }, $"job {id} begins as {row.Status}");
            _before[id] = row;
            _charged[id] = 0;
        }

        foreach (var key in Database.Rows.Keys.Values) CheckCounters(command, key);
    }

    /// <summary>A key's counters against its rows.</summary>
    private void CheckCounters(JobCommand command, JobKeyRecord key)
    {
        var (jobs, bytes, running) = (0L, 0L, 0L);
        foreach (var row in Rows.Values)
        {
            if (row.IsEnded || row.VirtualKeyId != key.VirtualKeyId) continue;
            (jobs, bytes) = (jobs + 1, bytes + row.BodyBytes);
            if (row.Status == JobStatus.Processing) running++;
        }

        Must((key.OpenJobs, key.OpenBytes, key.Running) == (jobs, bytes, running), $"{command}: the counters of key {key.VirtualKeyId} are not its rows'");
    }

    private void CheckChange(JobCommand command, JobRow before, JobRow after)
    {
        var what = $"{command}: job {before.Id} from {before.Status} {before.Fence} to {after.Status} {after.Fence}";
        Must(after.Fence >= before.Fence, $"{what}: the fence fell");
        Must(!before.IsEnded || (command.Name == "Retry" && before.Status != JobStatus.Completed), $"{what}: it had ended");
        if (command.Name == "Lease") CheckLease(what, before, after);
        else Must(after.Fence == before.Fence, $"{what}: a fence without a lease");
        if (command.Name is "Renew" or "End" or "PutBack")
            Must(before.Status == JobStatus.Processing && command.Fence == before.Fence, $"{what}: an old fence's word counted");
        if (command.Name == "PutBack" && (command.Reason == JobPutBackReason.Wait || (command.Reason == JobPutBackReason.Drain && before.Drains < Options.DrainsMax))
            && !before.CancelRequested) _charged[before.Id]--;
        if (command.Name == "Retry") (_charged[before.Id], _) = (0, _retried.Add(before.Id));

        var charged = _charged[before.Id];
        Must(charged >= 0 && charged <= Options.AttemptsMax, $"{what}: {charged} runs were charged");
        Must(after.Attempts == charged, $"{what}: {charged} runs were charged, the row says {after.Attempts}");
        Must(after.Drains <= Options.DrainsMax, $"{what}: {after.Drains} drains");
        Must((after.LeaseUntil is not null) == (after.Status == JobStatus.Processing), $"{what}: a lease outlives its run");
        if (after.IsEnded) CheckEnd(what, command, after);
        else _endedAt.Remove(after.Id);
    }

    private void Count(JobCommand command, JobRow after)
    {
        if (command.Name == "ExpireLeases") LeasesLost++;
        if (command.Name == "PutBack" && !after.IsEnded) GivenBack++;
        if (after.Status == JobStatus.Completed) Completed++;
        if (after.Status == JobStatus.Failed) Failed++;
        if (after.Status == JobStatus.Cancelled) Cancelled++;
    }

    private void CheckLease(string what, JobRow before, JobRow after)
    {
        Must(before.Status == JobStatus.Pending && after.Status == JobStatus.Processing, $"{what}: leased twice");
        Must(after.Fence == before.Fence + 1 && _fences.Add((after.Id, after.Fence)), $"{what}: two hold one fence");
        _charged[after.Id]++;
        Must(
            Rows.Values.Count(row => row.VirtualKeyId == after.VirtualKeyId && row.Status == JobStatus.Processing) <= Options.RunningPerKeyMax,
            $"{what}: its key runs too many");
        Must(Database.Rows.KeptBytes(after.VirtualKeyId) < Options.KeptBytesPerKeyMax, $"{what}: its key keeps too much");

        // Where the store's clock runs as everybody's does, whoever lost a lease has stopped before it is another's.
        if (!_jumps) Must(!Calls.Any(call => call.JobId == after.Id && call.Wanted), $"{what}: an older run still waits for its upstream");
    }

    private void CheckEnd(string what, JobCommand command, JobRow after)
    {
        Must(after.ExpiresAt == after.EndedAt!.Value.AddSeconds(after.ResultTtlSeconds), $"{what}: it expires at another time");
        var outcome = Database.Rows.Outcomes.GetValueOrDefault(after.Id)?.Unpack();
        if (outcome is not null) CheckOutcome(what, after, outcome);
        if (after.Status == JobStatus.Completed) Must(outcome is not null, $"{what}: completed without a result");
        if (command.Name == "End" && after.Status != JobStatus.Cancelled)
            Must(
                Calls.All(call => call.JobId != after.Id || call.Fence != after.Fence || _ledger.Contains(call.AttemptId)),
                $"{what}: it ended before its entries are in the ledger");

        _endedAt[after.Id] = Clock.GetUtcNow();
    }

    private void CheckOutcome(string what, JobRow row, JobOutcome outcome)
    {
        var text = Encoding.UTF8.GetString(outcome.Body.Span);
        Must(text == _told.GetValueOrDefault((row.Id, row.Fence)), $"{what}: the result is not what its run told: {text}");
        if (row.Status == JobStatus.Completed) Must(text.Contains($"\"{Answer(row.Fence)}\"", StringComparison.Ordinal), $"{what}: another run's answer: {text}");
    }

    /// <summary>What a client was told against the rows: never older than an activation may remember, and once ended, always the same.</summary>
    private void CheckView(Guid jobId, JobView? view, DateTimeOffset sentAt)
    {
        var ended = _endedAt.TryGetValue(jobId, out var endedAt);
        if (view is null)
        {
            var row = Rows.GetValueOrDefault(jobId);
            Must(row is null || row.ExpiresAt <= _storeClock.Latest, $"job {jobId} is there and was not found");
            return;
        }

        if (view.Status is JobStatus.Pending or JobStatus.Processing)
        {
            Must(!ended || endedAt >= sentAt - Bifrost.Jobs.Grains.CachedJob.FreshFor, $"job {jobId} had long ended and was said to be {view.Status}");
            return;
        }

        if (!_jumps) Must(view.ExpiresAt > sentAt, $"job {jobId} was read after it had expired");
        if (view.Status == JobStatus.Completed)
            Must(view.Outcome is not null, $"job {jobId} was completed and its result was not there (retried: {_retried.Contains(jobId)}, jumps: {_jumps})");
        if (!Rows.TryGetValue(jobId, out var now) || now.EndedAt != view.EndedAt) return;
        Must(now.Status == view.Status, $"job {jobId} was said to be {view.Status} and is {now.Status}");
        if (view.Outcome is { } told) CheckOutcome($"view of job {jobId}", now, told);
    }

    /// <summary>After the last expiry nothing is left, and every call of a process that lived is in the ledger.</summary>
    private void CheckQuiet()
    {
        Must(Database.Rows is { Jobs.Count: 0, Requests.Count: 0, Outcomes.Count: 0 }, $"{Rows.Count} jobs are left after their time");
        foreach (var call in Calls) Must(_ledger.Contains(call.AttemptId) || call.Silo.Dead, $"call {call.AttemptId} is not in the ledger");
        for (var partition = 0; partition < Options.Partitions; partition++)
        {
            // Another activation that nobody asks any more is collected by the engine.
            var lanes = _directory["queue " + partition].QueueOf(partition).Queue.LanesKept;
            Must(lanes == 0, $"queue {partition} still knows {lanes} keys");
        }
    }

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new JobBrokenException(what);
    }
}
