namespace Bifrost.Cli.Jobs;

/// <summary>One run of <c>jobs submit</c>: the file checked, its lines submitted, and where asked for, waited for.</summary>
internal static class BatchRun
{
    /// <summary>See <see cref="ClientExit"/>.</summary>
    public static async Task<int> RunAsync(ClientOptions client, SubmitOptions options, CancellationToken stop)
    {
        var (file, errors) = await BatchFile.CheckAsync(options.File, stop);
        if (file is null) return await RefuseAsync(client, errors.Select(error => $"{options.File}: {error}"));
        var (state, unfit) = BatchState.Open(options.StateFile, file, options.Run, client.Address);
        if (state is null) return await RefuseAsync(client, [unfit!]);
        using (state)
        {
            var (results, unusable) = await BatchResults.OpenAsync(options.ResultFile, stop);
            if (results is null) return await RefuseAsync(client, [unusable!]);
            using (results) return await RunAsync(client, options, file, state, results, stop);
        }
    }

    private static async Task<int> RunAsync(
        ClientOptions client, SubmitOptions options, BatchFile file, BatchState state, BatchResults results, CancellationToken stop)
    {
        if (state.Submitted > 0)
            await client.Notes.WriteLineAsync($"Going on: {state.Submitted} of {file.Count} lines have a job already ({options.StateFile}).");
        using var api = new JobsApi(client, options.Concurrency * 2);
        var jobs = new WatchList(client.Time);
        var submitter = new BatchSubmitter(api, options, file, state, results, new SharedBackoff(options.Patience, client.Time, Random.Shared));
        var watcher = new BatchWatcher(api, options, results, jobs, new SharedBackoff(options.Patience, client.Time, Random.Shared));
        var progress = new BatchProgress(client, options, file, state, results);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reporting = progress.RunAsync(over.Token);
        var watching = options.Watch ? watcher.RunAsync(over.Token) : Task.CompletedTask;
        var submitting = SubmitAsync(submitter, jobs, options.Watch, over.Token);
        Exception? broke = null;
        try
        {
            // The first one that stops before its end stops the other.
            await await Task.WhenAny(watching, submitting);
            await Task.WhenAll(watching, submitting);
        }
        catch (Exception e) when (e is BatchStoppedException or OperationCanceledException or IOException)
        {
            broke = e;
        }

        await over.CancelAsync();
        await Task.WhenAll(watching, submitting, reporting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        progress.End();
        return broke is null ? await EndAsync(client, options, results) : await StopAsync(client, broke, stop);
    }

    private static async Task<int> EndAsync(ClientOptions client, SubmitOptions options, BatchResults results)
    {
        await client.Notes.WriteLineAsync(options.Watch
            ? $"Results: {options.ResultFile}"
            : "Submitted. The same command with --watch writes the results.");
        return results.Failed > 0 ? ClientExit.WithFailures : ClientExit.Done;
    }

    private static async Task<int> StopAsync(ClientOptions client, Exception broke, CancellationToken stop)
    {
        await client.Notes.WriteLineAsync(stop.IsCancellationRequested ? "Interrupted." : broke.Message);
        await client.Notes.WriteLineAsync("What was done is kept; the same command goes on from here.");
        return broke is BatchStoppedException stopped ? stopped.ExitCode : ClientExit.Unfinished;
    }

    private static async Task SubmitAsync(BatchSubmitter submitter, WatchList jobs, bool watch, CancellationToken stop)
    {
        await submitter.RunAsync(job =>
        {
            if (watch) jobs.Add(job);
        }, stop);
        jobs.Complete();
    }

    private static async Task<int> RefuseAsync(ClientOptions client, IEnumerable<string> errors)
    {
        foreach (var error in errors) await client.Notes.WriteLineAsync(error);
        return ClientExit.BadInput;
    }
}
