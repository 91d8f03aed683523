using System.Globalization;
using System.Text.Json;

namespace Bifrost.Cli.Jobs;

/// <summary>
/// Submits the lines that have no job yet. The idempotency key comes from the file's content and the line alone, so a line that was
/// submitted before a kill and not noted is the same job again.
/// </summary>
internal sealed class BatchSubmitter(JobsApi api, SubmitOptions options, BatchFile file, BatchState state, BatchResults results, SharedBackoff patience)
{
    private readonly string _keyPrefix = $"bifrost-jobs-{file.Hash[..32]}-{options.Run}-";

    public Task RunAsync(Action<WatchedJob> submitted, CancellationToken stop) => Parallel.ForEachAsync(
        file.ReadAsync(stop),
        new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stop },
        async (line, cancel) =>
        {
            if (results.HasRefused(line.Number)) return;
            var job = state.JobOf(line.Number);
            if (job == Guid.Empty) job = await SubmitAsync(line, cancel);
            if (job != Guid.Empty && !results.Has(job)) submitted(new WatchedJob(job, line.CustomId));
        });

    private async Task<Guid> SubmitAsync(BatchLine line, CancellationToken cancel)
    {
        var key = _keyPrefix + line.Number.ToString(CultureInfo.InvariantCulture);
        while (true)
        {
            await patience.RestAsync(cancel);
            var answer = await api.SubmitAsync(line.Body, key, options.ResultTtlSeconds, options.Webhook, cancel);
            if (Guid.TryParseExact(answer.JobId, "D", out var job))
            {
                patience.Succeeded();
                state.Note(line.Number, job);
                return job;
            }

            if (RefusedCaller.Says(answer) is { } refusal) throw new BatchStoppedException(ClientExit.BadInput, refusal);
            if (!answer.IsPassing)
            {
                patience.Succeeded();
                results.WriteRefused(line.Number, line.CustomId, answer.Status, answer.RequestId, answer.Body.Span);
                return Guid.Empty;
            }

            patience.Failed(answer);
            if (!patience.IsOver) continue;
            throw new BatchStoppedException(ClientExit.Unfinished, $"Nothing could be submitted for {options.Patience}: {ErrorText.Of(answer)}");
        }
    }
}

/// <summary>Refusals that are about the key and not about the line.</summary>
internal static class RefusedCaller
{
    /// <summary>What the gateway says of the key; null: nothing.</summary>
    public static string? Says(ApiAnswer answer) =>
        answer.Status == 401 || (answer.Status == 403 && ErrorText.TypeOf(answer) is "access_not_found" or "virtual_key_not_found" or "access_blocked")
            ? $"The gateway refuses the key: {ErrorText.Of(answer)}"
            : null;
}

/// <summary>Reads the error object of contract section 6.</summary>
internal static class ErrorText
{
    public static string Of(ApiAnswer answer)
    {
        if (answer.Status == 0) return System.Text.Encoding.UTF8.GetString(answer.Body.Span);
        return Read(answer, root => root.GetProperty("error").GetProperty("message").GetString()) is { } message
            ? $"{answer.Status} {message}"
            : $"status {answer.Status}";
    }

    public static string? TypeOf(ApiAnswer answer) => Read(answer, root => root.GetProperty("type").GetString());

    private static string? Read(ApiAnswer answer, Func<JsonElement, string?> read)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
