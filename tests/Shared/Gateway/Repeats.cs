namespace Bifrost.Testing;

/// <summary>
/// Repetition of what a server refused because its machine was late. A server whose heartbeat or store was late answers 503
/// <c>ledger_unavailable</c> for a moment: under load that says nothing about the rule that a test is about.
/// </summary>
internal static class Repeats
{
    /// <summary>What such an answer asks for with Retry-After.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The first answer that is another one, or the last one when time is up.</summary>
    public static async Task<Answer> WhileUnavailableAsync(Func<Task<Answer>> send)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await send();
            if (!answer.IsLedgerUnavailable || TimeProvider.System.GetElapsedTime(begun) > Eventually.Limit) return answer;
            await Task.Delay(s_pause, TimeProvider.System);
        }
    }
}
