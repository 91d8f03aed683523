using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>Jobs by path: submit, poll, cancel, list, and how long results last.</summary>
[Collection<SharedGateway>]
public class ByPath(RunningGateway gateway)
{
    [Fact]
    public async Task A_job_is_accepted_with_202_and_ends_with_its_result()
    {
        var submitted = await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo"), ("x-request-id", "the-request"));
        Assert.Equal(202, submitted.Status);
        var id = JobCalls.IdOf(submitted);
        Assert.Equal("pending", submitted.Json.GetProperty("status").GetString());
        Assert.Equal("the-request", submitted.Json.GetProperty("request_id").GetString());
        Assert.Equal($"{JobCalls.Path}/{id}", submitted.Header("Location"));
        Assert.False(submitted.Json.TryGetProperty("status_code", out _));

        var ended = await gateway.JobEndedAsync(id);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Equal(200, ended.GetProperty("status_code").GetInt32());
        Assert.Equal("Hello", ended.GetProperty("result").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(TimeSpan.FromHours(1), Time(ended, "expires_at") - Time(ended, "completed_at"));
    }

    [Fact]
    public async Task A_failed_job_is_a_200_with_the_error_of_its_call()
    {
        var ended = await gateway.JobEndedAsync(JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-400"))));
        Assert.Equal(("failed", 400), (ended.GetProperty("status").GetString(), ended.GetProperty("status_code").GetInt32()));
        Answer.CheckError(ended.GetProperty("error"), 400, null);
        Assert.False(ended.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Cancelling_is_answered_with_the_job_however_often_it_is_asked()
    {
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-delay-20s")));
        var asked = await gateway.DeleteJobAsync(id);
        Assert.Equal(200, asked.Status);
        Assert.True(asked.Json.GetProperty("status").GetString() == "cancelled" || asked.Json.GetProperty("cancel_requested").GetBoolean(), asked.Body);
        var ended = await gateway.JobEndedAsync(id);
        Assert.Equal(("cancelled", 409), (ended.GetProperty("status").GetString(), ended.GetProperty("status_code").GetInt32()));
        Assert.Equal("job_cancelled", ended.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(ended.GetRawText(), (await gateway.DeleteJobAsync(id)).Body);
        (await gateway.DeleteJobAsync(id, RunningGateway.NarrowKey)).IsError(404, "job_not_found");
    }

    [Fact]
    public async Task An_ended_job_is_not_cancelled_any_more()
    {
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo")));
        await gateway.JobEndedAsync(id);
        Assert.Equal("completed", (await gateway.DeleteJobAsync(id)).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task One_idempotency_key_is_one_job_and_another_body_a_422()
    {
        var (model, key) = (RunningGateway.Tagged("sim-echo"), RunningGateway.Tagged("key"));
        var bodies = Enumerable.Repeat(Requests.Body($"sim/{model}"), 8);
        var answers = await Task.WhenAll(bodies.Select(body => gateway.SubmitByPathAsync(body, ("Idempotency-Key", key))));
        var id = Assert.Single(answers.Select(JobCalls.IdOf).Distinct());
        await gateway.JobEndedAsync(id);
        var again = await gateway.SubmitAsync(Requests.Body($"sim/{model}"), ("Idempotency-Key", key));
        Assert.Equal((200, id, "completed"), (again.Status, again.Header("x-bf-async-id"), again.Header("x-bf-async-status")));
        Assert.Single(await gateway.BillOfAsync(model));
        (await gateway.SubmitByPathAsync(Requests.Body($"sim/{model}", "\"n\":1"), ("Idempotency-Key", key))).IsError(422, "idempotency_conflict");

        // Another key's namespace is its own.
        var other = await gateway.PostAsync(JobCalls.Path, Requests.Body("sim/sim-echo"), ("x-bf-vk", RunningGateway.NarrowKey), ("Idempotency-Key", key));
        Assert.NotEqual(id, JobCalls.IdOf(other));
    }

    [Fact]
    public async Task An_idempotency_key_that_is_too_long_is_a_400()
    {
        Assert.Equal(202, (await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo"), ("Idempotency-Key", new string('k', 255)))).Status);
        (await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo"), ("Idempotency-Key", new string('k', 256)))).IsError(400, "invalid_request_error");
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData(" 7 ", 7)]
    [InlineData("0", 3_600)]
    [InlineData("-7", 3_600)]
    [InlineData("7.5", 3_600)]
    [InlineData("long", 3_600)]
    [InlineData("99999999999999999999", 3_600)]
    [InlineData("999999999", 30 * 86_400)]
    public async Task A_result_lasts_as_long_as_asked_for_and_a_bad_wish_is_the_default(string ttl, int seconds)
    {
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo"), ("x-bf-async-job-result-ttl", ttl)));
        var ended = await gateway.JobEndedAsync(id);
        Assert.Equal(TimeSpan.FromSeconds(seconds), Time(ended, "expires_at") - Time(ended, "completed_at"));
    }

    [Fact]
    public async Task A_result_is_there_until_its_time_is_over_and_not_after()
    {
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-echo"), ("x-bf-async-job-result-ttl", "2")));
        var ended = await gateway.JobEndedAsync(id);
        var end = Time(ended, "expires_at");
        Assert.Equal(TimeSpan.FromSeconds(2), end - Time(ended, "completed_at"));
        var slack = TimeSpan.FromMilliseconds(5);
        var seen = 0;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var before = TimeProvider.System.GetUtcNow();
            var answer = await (seen % 2 == 0 ? gateway.GetJobAsync(id) : gateway.PollAsync(id));
            var after = TimeProvider.System.GetUtcNow();
            if (answer.Status == 404)
            {
                Assert.True(after >= end - slack, $"It was gone {end - after} early.");
                break;
            }

            Assert.True(answer.Status == 200 && before <= end + slack, $"It was readable {before - end} late: {answer.Status}.");
            seen++;
            await tick.WaitForNextTickAsync();
        }

        (await gateway.DeleteJobAsync(id)).IsError(404, "job_not_found");
        Assert.DoesNotContain(id, (await gateway.GetAsync("/v1/async/jobs?limit=100", ("x-bf-vk", RunningGateway.OpenKey))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_poll_answers_as_soon_as_the_job_has_ended()
    {
        var begun = Stopwatch.StartNew();
        var id = JobCalls.IdOf(await gateway.SubmitByPathAsync(Requests.Body("sim/sim-delay-3s")));
        var atOnce = await gateway.GetAsync($"{JobCalls.Path}/{id}", ("x-bf-vk", RunningGateway.OpenKey), ("Prefer", "wait=0"));
        Assert.Equal((202, "wait=0"), (atOnce.Status, atOnce.Header("Preference-Applied")));
        Assert.Equal(200, (await gateway.GetJobAsync(id, "?wait=60")).Status);

        // A poll that had to wait for its own end would take 60 s.
        Assert.InRange(begun.Elapsed, TimeSpan.FromMilliseconds(2_500), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task The_list_is_the_keys_own_the_newest_first_page_by_page()
    {
        await using var server = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator));
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add(JobCalls.IdOf(await SendAsync(server.Address, HttpMethod.Post, JobCalls.Path + "?wait=20", Requests.Body("sim/sim-echo"))));
        var foreign = await SendAsync(server.Address, HttpMethod.Post, JobCalls.Path, Requests.Body("sim/sim-echo"), RunningGateway.NarrowKey);
        Assert.Equal(202, foreign.Status);
        ids.Reverse();
        var read = new List<string>();
        for (var (after, more) = ("", true); more;)
        {
            var page = (await SendAsync(server.Address, HttpMethod.Get, $"/v1/async/jobs?limit=2{after}")).Json;
            read.AddRange(page.GetProperty("data").EnumerateArray().Select(job => job.GetProperty("id").GetString()!));
            (after, more) = ("&after=" + page.GetProperty("last_id").GetString(), page.GetProperty("has_more").GetBoolean());
        }

        Assert.Equal(ids, read);
        Assert.Equal(5, (await SendAsync(server.Address, HttpMethod.Get, "/v1/async/jobs?status=completed")).Json.GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await SendAsync(server.Address, HttpMethod.Get, "/v1/async/jobs?status=failed")).Json.GetProperty("data").GetArrayLength());
        foreach (var bad in new[] { "status=done", "limit=0", "limit=101", "limit=x", "after=x" })
            (await SendAsync(server.Address, HttpMethod.Get, $"/v1/async/jobs?{bad}")).IsError(400, "invalid_request_error");
    }

    private Task<Answer> SendAsync(Uri address, HttpMethod method, string path, string? body = null, string key = RunningGateway.OpenKey)
    {
        var request = new HttpRequestMessage(method, address.ToString().TrimEnd('/') + path);
        if (body is not null) request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return gateway.SendAsync(request, ("x-bf-vk", key));
    }

    private static DateTimeOffset Time(JsonElement job, string name) => DateTimeOffset.Parse(job.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
