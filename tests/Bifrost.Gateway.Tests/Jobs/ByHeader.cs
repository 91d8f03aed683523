using System.Text.Json;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>Jobs by header on the chat route (contract section 8), on the real server.</summary>
[Collection<SharedGateway>]
public class ByHeader(RunningGateway gateway)
{
    [Theory]
    [InlineData("/openai/v1/chat/completions")]
    [InlineData("/openai/chat/completions")]
    [InlineData("/v1/chat/completions")]
    public async Task A_submission_is_a_completion_without_choices_and_its_last_poll_the_completion_itself(string path)
    {
        var model = RunningGateway.Tagged("sim-words-3");
        var submitted = await gateway.PostAsync(path, Requests.Body($"sim/{model}"), ("x-bf-vk", RunningGateway.OpenKey), ("x-bf-async", "true"));
        var id = JobCalls.IdOf(submitted);
        Assert.Equal(200, submitted.Status);
        Assert.Equal("chat.completion", submitted.Json.GetProperty("object").GetString());
        Assert.Equal($"sim/{model}", submitted.Json.GetProperty("model").GetString());
        Assert.Equal(0, submitted.Json.GetProperty("choices").GetArrayLength());
        Assert.Equal(id, submitted.Header("x-bf-async-id"));
        Assert.Equal("pending", submitted.Header("x-bf-async-status"));
        Assert.Equal("1", submitted.Header("Retry-After"));
        Assert.Null(submitted.Header("Location"));

        var ended = await gateway.PollAsync(id, "?wait=20");
        Assert.Equal(200, ended.Status);
        Assert.Equal("completed", ended.Header("x-bf-async-status"));
        Assert.Equal(id, ended.Header("x-bf-async-id"));
        Assert.Equal("sim", ended.Header("x-bifrost-provider"));
        Assert.Equal("w000000 w000001 w000002 ", ended.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.NotEqual(id, ended.Json.GetProperty("id").GetString());
        Assert.Null(ended.Header("Retry-After"));
        Assert.Single(await gateway.BillOfAsync(model));
    }

    [Fact]
    public async Task An_id_wins_over_a_submission_and_its_body_is_ignored()
    {
        var id = JobCalls.IdOf(await gateway.SubmitAsync(Requests.Body("sim/sim-echo")));
        var polled = await gateway.PollAsync(id, "?wait=20", ("x-bf-async", "false"), ("Prefer", "respond-async"));
        Assert.Equal("Hello", polled.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("false")]
    [InlineData("1")]
    [InlineData("yes")]
    [InlineData("truely")]
    public async Task Another_value_than_true_is_a_400_that_names_the_header(string value)
    {
        foreach (var prefer in new[] { "wait=1", "respond-async" })
        {
            var answer = await gateway.ChatAsync(Requests.Body("sim/sim"), ("x-bf-async", value), ("Prefer", prefer));
            Assert.Equal("x-bf-async", answer.IsError(400, "invalid_request_error").Json.GetProperty("error").GetProperty("param").GetString());
        }
    }

    [Theory]
    [InlineData("True")]
    [InlineData(" TRUE ")]
    public async Task True_may_be_written_in_any_case(string value)
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim"), ("x-bf-async", value));
        Assert.Equal(0, answer.Json.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task A_preferred_answer_later_is_a_202_that_says_where()
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim-delay-3s"), ("Prefer", "foo; a=b, Respond-Async"));
        Assert.Equal(202, answer.Status);
        Assert.Equal($"{JobCalls.Path}/{JobCalls.IdOf(answer)}", answer.Header("Location"));
        Assert.Equal("respond-async", answer.Header("Preference-Applied"));
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.Equal(0, answer.Json.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task A_preferred_wait_brings_the_answer_itself_when_it_is_there_in_time()
    {
        var answer = await gateway.ChatAsync(Requests.Body("sim/sim-echo"), ("Prefer", "respond-async, wait=20"));
        Assert.Equal(200, answer.Status);
        Assert.Equal("wait=20", answer.Header("Preference-Applied"));
        Assert.Equal("completed", answer.Header("x-bf-async-status"));
        Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_preference_in_quotes_or_for_something_else_asks_for_no_job()
    {
        foreach (var prefer in new[] { "foo=\"x, respond-async\"", "respond-async=1", "wait=3" })
        {
            var answer = await gateway.ChatAsync(Requests.Body("sim/sim-echo"), ("Prefer", prefer));
            Assert.Equal("Hello", answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
            Assert.Null(answer.Header("x-bf-async-id"));
        }
    }

    [Fact]
    public async Task A_failed_job_answers_with_its_own_status_and_error_and_asks_for_no_repetition()
    {
        var id = JobCalls.IdOf(await gateway.SubmitAsync(Requests.Body("sim/sim-422")));
        var failed = (await gateway.PollAsync(id, "?wait=20")).IsError(422, null!);
        Assert.Equal("failed", failed.Header("x-bf-async-status"));
        Assert.Equal("false", failed.Header("x-should-retry"));
        Assert.False(failed.Json.GetProperty("is_bifrost_error").GetBoolean());
    }

    [Fact]
    public async Task A_job_whose_budget_is_spent_fails_when_it_runs_and_not_when_it_is_submitted()
    {
        var poor = ("x-bf-vk", RunningGateway.PoorKey);
        var id = JobCalls.IdOf(await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim-echo"), poor, ("x-bf-async", "true")));
        var failed = await gateway.PostAsync(Requests.Chat + "?wait=20", "", poor, ("x-bf-async-id", id));
        Assert.Equal("false", failed.IsError(402, "budget_exceeded").Header("x-should-retry"));
    }

    [Fact]
    public async Task A_cancelled_job_is_a_409()
    {
        var id = JobCalls.IdOf(await gateway.SubmitAsync(Requests.Body("sim/sim-delay-20s")));
        Assert.Equal(200, (await gateway.DeleteJobAsync(id)).Status);
        var answer = (await gateway.PollAsync(id, "?wait=20")).IsError(409, "job_cancelled");
        Assert.Equal("false", answer.Header("x-should-retry"));
        Assert.Equal("cancelled", answer.Header("x-bf-async-status"));
    }

    [Theory]
    [InlineData("0198c0de-0000-7000-8000-000000000000")]
    [InlineData("not-an-id")]
    [InlineData("0198c0de000070008000000000000000")]
    public async Task An_unknown_id_is_a_404(string id) =>
        Assert.Equal("false", (await gateway.PollAsync(id)).IsError(404, "job_not_found").Header("x-should-retry"));

    [Fact]
    public async Task Another_keys_job_looks_exactly_like_an_unknown_one()
    {
        var id = JobCalls.IdOf(await gateway.SubmitAsync(Requests.Body("sim/sim-echo")));
        foreach (var key in new[] { RunningGateway.NarrowKey, RunningGateway.RareKey })
        {
            var foreign = await gateway.PostAsync(Requests.Chat, "{}", ("x-bf-vk", key), ("x-bf-async-id", id));
            var unknown = await gateway.PostAsync(Requests.Chat, "{}", ("x-bf-vk", key), ("x-bf-async-id", "0198c0de-0000-7000-8000-000000000000"));
            Assert.Equal(unknown.IsError(404, "job_not_found").Body, foreign.IsError(404, "job_not_found").Body);
        }
    }

    [Fact]
    public async Task The_model_of_the_path_and_the_fallbacks_of_the_body_reach_the_job()
    {
        var (bad, good) = (RunningGateway.Tagged("sim-503"), RunningGateway.Tagged("sim-echo"));
        var body = Requests.Body("ignored", $"\"fallbacks\":[\"sim/{good}\"]");
        var submitted = await gateway.PostAsync(
            $"/openai/openai/deployments/sim%2F{bad}/chat/completions", body, ("x-bf-vk", RunningGateway.OpenKey), ("x-bf-async", "true"));
        var ended = await gateway.PollAsync(JobCalls.IdOf(submitted), "?wait=20");
        Assert.Equal("1", ended.Header("x-bifrost-fallback-index"));
        Assert.Single(await gateway.BillOfAsync(bad));
        Assert.False(Upstream.BodyOf(await gateway.CallToAsync(good)).TryGetProperty("fallbacks", out _));
    }
}
