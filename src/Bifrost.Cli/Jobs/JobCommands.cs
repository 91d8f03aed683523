using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bifrost.Cli.Jobs;

/// <summary><c>jobs list</c>, <c>get</c> and <c>cancel</c>.</summary>
public static class JobCommands
{
    private const int PageMax = 100;

    /// <summary>Prints one line a job, parted by tabs: id, status, status code, submitted, ended, last error.</summary>
    public static async Task<int> ListAsync(ClientOptions client, string? status, int limit, string? after, CancellationToken stop)
    {
        using var api = new JobsApi(client, 1);
        while (limit > 0)
        {
            var answer = await api.ListAsync(status, Math.Min(limit, PageMax), after, stop);
            if (answer.Status != 200) return await FailAsync(client, answer);
            using var document = JsonDocument.Parse(answer.Body);
            foreach (var job in document.RootElement.GetProperty("data").EnumerateArray())
            {
                await client.Output.WriteLineAsync(LineOf(job));
                (after, limit) = (Text(job, "id"), limit - 1);
            }

            if (!document.RootElement.GetProperty("has_more").GetBoolean()) break;
        }

        return ClientExit.Done;
    }

    /// <summary>Prints the job as JSON. A job that ended without a completion is a failure.</summary>
    public static async Task<int> GetAsync(ClientOptions client, string id, int waitSeconds, CancellationToken stop)
    {
        using var api = new JobsApi(client, 1);
        return await PrintAsync(client, await api.GetAsync(id, waitSeconds, stop));
    }

    /// <summary>Cancels each, and prints what became of it.</summary>
    public static async Task<int> CancelAsync(ClientOptions client, IReadOnlyList<string> ids, CancellationToken stop)
    {
        using var api = new JobsApi(client, 1);
        var worst = ClientExit.Done;
        foreach (var id in ids)
        {
            var answer = await api.CancelAsync(id, stop);
            worst = Math.Max(worst, answer.Status == 200 ? await WriteAsync(client, answer) : await FailAsync(client, answer));
        }

        return worst;
    }

    private static async Task<int> PrintAsync(ClientOptions client, ApiAnswer answer)
    {
        if (answer.Status is not (200 or 202)) return await FailAsync(client, answer);
        await WriteAsync(client, answer);
        using var document = JsonDocument.Parse(answer.Body);
        return Text(document.RootElement, "status") is "failed" or "cancelled" ? ClientExit.WithFailures : ClientExit.Done;
    }

    private static async Task<int> WriteAsync(ClientOptions client, ApiAnswer answer)
    {
        await client.Output.WriteLineAsync(Encoding.UTF8.GetString(answer.Body.Span));
        return ClientExit.Done;
    }

    private static async Task<int> FailAsync(ClientOptions client, ApiAnswer answer)
    {
        await client.Notes.WriteLineAsync(ErrorText.Of(answer));
        if (RefusedCaller.Says(answer) is not null || answer.Status == 400) return ClientExit.BadInput;
        return answer.IsPassing ? ClientExit.Unfinished : ClientExit.WithFailures;
    }

    private static string LineOf(JsonElement job) => string.Join('\t',
        Text(job, "id"), Text(job, "status"), Number(job, "status_code"), Text(job, "created_at"), Text(job, "completed_at"), Text(job, "last_error"));

    private static string Text(JsonElement job, string name) => job.TryGetProperty(name, out var value) ? value.GetString() ?? "-" : "-";

    private static string Number(JsonElement job, string name) =>
        job.TryGetProperty(name, out var value) ? value.GetInt32().ToString(CultureInfo.InvariantCulture) : "-";
}
