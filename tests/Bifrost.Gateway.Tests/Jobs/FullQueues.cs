using Bifrost.Jobs.Rules;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>A key that has as much in the queue as it may (contract section 6): 429 with a time to come back, by header and by path.</summary>
public sealed class FullQueues(PostgresFixture postgres)
{
    private static readonly string s_body = Requests.Body("up/m");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Too_many_jobs_of_a_key_are_a_429_until_one_has_ended(bool onPostgres)
    {
        await using var server = await StartAsync(onPostgres, options => options with { QueuedPerKeyMax = 2, QueueFullRetryAfter = TimeSpan.FromSeconds(7) });
        var id = await server.SubmitAsync();
        Assert.Equal(202, (await server.TrySubmitAsync(("Idempotency-Key", "mine"))).Status);
        CheckFull(await server.TrySubmitAsync(), "7", "2 jobs");
        CheckFull(await server.SendAsync(HttpMethod.Post, Requests.Chat, JobServer.Key, s_body, ("x-bf-async", "true")), "7", "2 jobs");

        // What was submitted before is the same job, and another key's queue its own.
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, JobCalls.Path, JobServer.OtherKey, s_body)).Status);
        Assert.Equal(202, (await server.TrySubmitAsync(("Idempotency-Key", "mine"))).Status);
        Assert.Equal(200, (await server.CancelAsync(id)).Status);
        await server.SubmitAsync();
    }

    [Fact]
    public async Task Too_many_bytes_of_a_key_are_a_429()
    {
        await using var server = await StartAsync(onPostgres: false, options => options with { QueuedBytesPerKeyMax = s_body.Length * 2 });
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, JobCalls.Path, JobServer.Key, s_body)).Status);
        CheckFull(await server.SendAsync(HttpMethod.Post, JobCalls.Path, JobServer.Key, Requests.Body("up/" + new string('m', s_body.Length))), "10", "bytes");
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, JobCalls.Path, JobServer.Key, s_body)).Status);
    }

    [Fact]
    public async Task Ended_jobs_that_keep_as_much_as_they_may_are_a_429_and_a_limit_that_is_told()
    {
        await using var server = await StartAsync(onPostgres: false, options => options with { KeptBytesPerKeyMax = s_body.Length });
        var (cancelled, waiting) = (await server.SubmitAsync(), await server.SubmitAsync());
        Assert.Equal(200, (await server.CancelAsync(cancelled)).Status);
        CheckFull(await server.TrySubmitAsync(), "10", "x-bf-async-job-result-ttl");
        CheckFull(await server.SendAsync(HttpMethod.Post, Requests.Chat, JobServer.Key, s_body, ("x-bf-async", "true")), "10", "jobs.kept_mb_per_key_max");
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Post, JobCalls.Path, JobServer.OtherKey, s_body)).Status);
        Assert.Equal(2, (await server.MetricsAsync()).Value("bifrost_limits_reached_total", ("limit", "kept_jobs_key")));
        Assert.Equal(200, (await server.CancelAsync(waiting)).Status);
    }

    private static void CheckFull(Answer answer, string retryAfter, string says)
    {
        answer.IsError(429, "queue_full");
        Assert.Equal(retryAfter, answer.Header("Retry-After"));
        Assert.True(answer.Json.GetProperty("is_bifrost_error").GetBoolean());
        Assert.Contains(says, answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>A server that runs nothing, so that the queue stays as it is.</summary>
    private async Task<JobServer> StartAsync(bool onPostgres, Func<JobOptions, JobOptions> options) => await JobServer.StartAsync(
        JobServer.Configuration(new Uri("http://127.0.0.1:1/")),
        await JobServer.NewStoreAsync(onPostgres ? postgres : null),
        standard => options(standard) with { RunningPerSiloMax = 0 });
}
