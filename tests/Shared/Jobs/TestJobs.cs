using System.Text;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Testing;

/// <summary>Jobs and answers for tests.</summary>
internal static class TestJobs
{
    public static JobSubmission Submission(string key = "vk", Guid? id = null, string? idempotencyKey = null, string body = "{}", long ttlSeconds = 60) => new()
    {
        JobId = id ?? Guid.CreateVersion7(),
        VirtualKeyId = key,
        Body = Encoding.UTF8.GetBytes(body),
        Call = new JobCall { RequestId = "r" },
        ResultTtlSeconds = ttlSeconds,
        IdempotencyKey = idempotencyKey,
        BodyHash = JobIds.BodyHash(Encoding.UTF8.GetBytes(body)),
    };

    public static JobEnd End(long fence, string body = "done") => new()
    {
        Fence = fence,
        Status = JobStatus.Completed,
        Outcome = new JobOutcome { StatusCode = 200, Body = Encoding.UTF8.GetBytes(body) },
    };

    public static string? Text(this JobView? view) => view?.Outcome is { } outcome ? Encoding.UTF8.GetString(outcome.Body.Span) : null;
}
