using System.Globalization;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>One caller as a polite client: it repeats what it is told to repeat, when it is told to, and no more.</summary>
internal static class CrowdCall
{
    /// <summary>Nobody waits for the end of a window.</summary>
    private const int RetryAfterMaxSeconds = 5;

    /// <summary>
    /// A machine that stands still for many seconds puts a living server's leases in doubt until it has told what they spent. Only a refusal
    /// without that is the last word.
    /// </summary>
    private const string NoDoubt = "in doubt $0,";

    public static async Task<CrowdEnd> UntilItEndsAsync(AdminServer server, string secret, string body)
    {
        await Task.Yield();
        for (var begun = TimeProvider.System.GetTimestamp(); ;)
        {
            var answer = await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, secret);
            if (answer.Status == 200) return CrowdEnd.Paid;
            var type = answer.Json.GetProperty("type").GetString()!;
            answer.IsError(answer.Status, type);
            var seconds = 1;
            if (answer.Status == 402)
            {
                Assert.Equal(("budget_exceeded", null, "false"), (type, answer.Header("Retry-After"), answer.Header("x-should-retry")));
                if (answer.Body.Contains(NoDoubt, StringComparison.Ordinal)) return CrowdEnd.Exceeded;
            }
            else
            {
                Assert.True(
                    (answer.Status, type) is (429, "budget_held" or "request_limited" or "token_limited" or "concurrency_limited")
                        or (503, "ledger_unavailable" or "request_dropped"),
                    answer.Body);
                seconds = int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture);
            }

            if (seconds > RetryAfterMaxSeconds) return CrowdEnd.WindowIsFull;
            if (TimeProvider.System.GetElapsedTime(begun) > Eventually.Limit) return CrowdEnd.PutOff;
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        }
    }
}

internal enum CrowdEnd
{
    Paid,

    /// <summary>402: what is left pays for no such call.</summary>
    Exceeded,

    /// <summary>Told to come back when the window has ended.</summary>
    WindowIsFull,

    /// <summary>Told to come back every time.</summary>
    PutOff,
}
