using System.Runtime.InteropServices;
using System.Text.Json;

namespace Bifrost.Cli.Jobs;

/// <summary>Waits for jobs by long polls, a bounded number at once, and writes what they answered as it comes.</summary>
internal sealed class BatchWatcher(JobsApi api, SubmitOptions options, BatchResults results, WatchList jobs, SharedBackoff patience)
{
    private const int WaitSeconds = 20;

    public Task RunAsync(CancellationToken stop) => Parallel.ForEachAsync(
        Enumerable.Range(0, options.Concurrency),
        new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stop },
        async (_, cancel) => await WorkAsync(cancel));

    private async Task WorkAsync(CancellationToken stop)
    {
        while (await jobs.TakeAsync(stop) is { } job)
        {
            await patience.RestAsync(stop);
            var answer = await api.GetAsync(job.JobId.ToString("D"), WaitSeconds, stop);
            if (answer.Status is 200 or 202 or 404) patience.Succeeded();
            if (TryWrite(job, answer)) jobs.Ended();
            else jobs.Later(job);
        }
    }

    /// <summary>False: look again later.</summary>
    private bool TryWrite(WatchedJob job, ApiAnswer answer)
    {
        switch (answer.Status)
        {
            case 200:
                WriteEnded(job, answer);
                return true;
            case 202:
                return false;
            case 404:
                results.WriteGone(job.JobId, job.CustomId, "job_not_found", "The job's result has expired, or the job was never this key's.");
                return true;
        }

        if (RefusedCaller.Says(answer) is { } refusal) throw new BatchStoppedException(ClientExit.BadInput, refusal);
        patience.Failed(answer);
        if (answer.IsPassing && !patience.IsOver) return false;
        throw new BatchStoppedException(ClientExit.Unfinished, $"The jobs could not be asked for: {ErrorText.Of(answer)}");
    }

    private void WriteEnded(WatchedJob job, ApiAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        var root = document.RootElement;
        var status = root.GetProperty("status_code").GetInt32();
        var requestId = root.TryGetProperty("request_id", out var id) ? id.GetString() : null;
        var body = root.TryGetProperty("result", out var result) ? result : root.GetProperty("error");
        results.WriteEnded(job.JobId, job.CustomId, status, requestId, JsonMarshal.GetRawUtf8Value(body));
    }
}
