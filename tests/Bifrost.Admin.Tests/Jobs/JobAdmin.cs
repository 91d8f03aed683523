using System.Text.Json;

namespace Bifrost.Admin.Tests.Jobs;

/// <summary><c>/api/jobs</c> on the real server.</summary>
public sealed class JobAdmin(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task Jobs_of_every_key_are_filtered_and_paged()
    {
        var (one, other) = (await _server.MakeKeyAsync("jobs-one"), await _server.MakeKeyAsync("jobs-other"));
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await SubmitAsync(one, "sim/sim-echo"));
        var failed = await SubmitAsync(one, "sim/sim-400");
        var foreign = await SubmitAsync(other, "sim/sim-echo");
        foreach (var id in (string[])[.. ids, failed, foreign]) await EndedAsync(id);

        var read = new List<string>();
        string? after = null;
        do
        {
            var page = await PageAsync($"virtual_key_id={Id(one)}&status=completed&limit=2{(after is null ? "" : "&after=" + after)}");
            read.AddRange(page.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("id").GetString()!));
            after = page.GetProperty("after").GetString();
        }
        while (after is not null);
        Assert.Equal(Enumerable.Reverse(ids), read);
        var line = Assert.Single((await PageAsync($"virtual_key_id={Id(one)}&status=failed")).GetProperty("jobs").EnumerateArray());
        Assert.Equal((failed, 400, 1), (line.GetProperty("id").GetString(), line.GetProperty("status_code").GetInt32(), line.GetProperty("attempts").GetInt32()));
        Assert.Contains(foreign, (await _server.GetAsync("/api/jobs?limit=1000")).Body, StringComparison.Ordinal);
        Assert.Equal(0, (await PageAsync($"virtual_key_id={Id(one)}&end_time=2020-01-01T00:00:00Z")).GetProperty("count").GetInt32());
        Assert.Equal(4, (await PageAsync($"virtual_key_id={Id(one)}&start_time=2020-01-01T00:00:00Z")).GetProperty("count").GetInt32());
        foreach (var bad in new[] { "status=done", "after=x", "start_time=soon", "limit=0" })
            (await _server.GetAsync($"/api/jobs?{bad}")).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task One_job_is_shown_with_what_it_answered()
    {
        var key = await _server.MakeKeyAsync("jobs-shown");
        var job = await EndedAsync(await SubmitAsync(key, "sim/sim-echo"));
        Assert.Equal(Id(key), job.GetProperty("virtual_key_id").GetString());
        Assert.Equal("Hello", job.GetProperty("result").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        (await _server.GetAsync("/api/jobs/nobody")).IsError(404, "not_found");
        (await _server.GetAsync("/api/jobs/0198c0de-0000-7000-8000-000000000000")).IsError(404, "not_found");
    }

    [Fact]
    public async Task A_failed_job_is_run_again_and_the_audit_says_who_asked()
    {
        var key = await _server.MakeKeyAsync("jobs-retried");
        var id = await SubmitAsync(key, "sim/sim-once-400-tag-retried");
        Assert.Equal("failed", (await EndedAsync(id)).GetProperty("status").GetString());
        var retried = await _server.PostAsync($"/api/jobs/{id}/retry");
        Assert.True(retried.Status == 200, retried.Body);
        Assert.Equal("completed", (await EndedAsync(id)).GetProperty("status").GetString());
        (await _server.PostAsync($"/api/jobs/{id}/retry")).IsError(409, "conflict");
        (await _server.PostAsync($"/api/jobs/{id}/cancel")).IsError(409, "conflict");
        (await _server.PostAsync("/api/jobs/0198c0de-0000-7000-8000-000000000000/retry")).IsError(404, "not_found");
        var entry = Assert.Single(await AuditOfAsync(id));
        Assert.Equal(("retry", "environment"), (entry.GetProperty("action").GetString(), entry.GetProperty("actor").GetString()));
    }

    [Fact]
    public async Task A_job_is_cancelled_and_the_audit_says_who_asked()
    {
        var key = await _server.MakeKeyAsync("jobs-cancelled");
        var id = await SubmitAsync(key, "sim/sim-delay-20s");
        Assert.Equal(200, (await _server.PostAsync($"/api/jobs/{id}/cancel")).Status);
        Assert.Equal("cancelled", (await EndedAsync(id)).GetProperty("status").GetString());
        Assert.Equal("cancel", Assert.Single(await AuditOfAsync(id)).GetProperty("action").GetString());
    }

    [Fact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        var viewer = (await _server.MakeAsync("/api/admin-tokens", "admin_token", """{"name":"jobs-viewer","role":"viewer"}""")).GetProperty("value").GetString();
        var key = await _server.MakeKeyAsync("jobs-viewed");
        var id = await SubmitAsync(key, "sim/sim-400");
        await EndedAsync(id);
        foreach (var path in new[] { "/api/jobs", $"/api/jobs/{id}", "/api/jobs/queues" }) Assert.Equal(200, (await _server.GetAsync(path, viewer)).Status);
        (await _server.PostAsync($"/api/jobs/{id}/retry", token: viewer)).IsError(403, "access_blocked");
        (await _server.PostAsync($"/api/jobs/{id}/cancel", token: viewer)).IsError(403, "access_blocked");
        (await _server.GetAsync("/api/jobs", Secret(key))).IsError(403, "access_blocked");
        Assert.Empty(await AuditOfAsync(id));
    }

    [Fact]
    public async Task Queues_tell_depth_and_age_by_key_and_partition()
    {
        var key = await _server.MakeKeyAsync("jobs-queued");
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await SubmitAsync(key, "sim/sim-delay-20s"));
        var queues = (await _server.GetAsync("/api/jobs/queues")).Json;
        var own = Assert.Single(queues.GetProperty("queues").EnumerateArray(), queue => queue.GetProperty("virtual_key_id").GetString() == Id(key));
        Assert.Equal(3, own.GetProperty("pending").GetInt64() + own.GetProperty("processing").GetInt64());
        Assert.True(own.GetProperty("bytes").GetInt64() > 3 * 40);
        if (own.GetProperty("pending").GetInt64() > 0) Assert.True(own.GetProperty("oldest_age_ms").GetInt64() >= 0);
        var partition = Assert.Single(
            queues.GetProperty("partitions").EnumerateArray(), one => one.GetProperty("partition").GetInt32() == own.GetProperty("partition").GetInt32());
        Assert.True(partition.GetProperty("pending").GetInt64() + partition.GetProperty("processing").GetInt64() >= 3);
        foreach (var id in ids) Assert.Equal(200, (await _server.PostAsync($"/api/jobs/{id}/cancel")).Status);
    }

    private async Task<string> SubmitAsync(JsonElement key, string model)
    {
        var answer = await _server.SendAsync(HttpMethod.Post, JobCalls.Path, Requests.Body(model), Secret(key));
        Assert.True(answer.Status == 202, answer.Body);
        return answer.Json.GetProperty("id").GetString()!;
    }

    private Task<JsonElement> EndedAsync(string id) => Eventually.UntilAsync(
        async () => (await _server.GetAsync($"/api/jobs/{id}")).Json.GetProperty("job"),
        job => job.GetProperty("status").GetString() is not ("pending" or "processing"),
        job => job.GetRawText());

    private async Task<JsonElement> PageAsync(string query)
    {
        var answer = await _server.GetAsync($"/api/jobs?{query}");
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task<IReadOnlyList<JsonElement>> AuditOfAsync(string id) =>
    [
        .. (await _server.GetAsync("/api/audit?limit=1000")).Json.GetProperty("entries").EnumerateArray()
            .Where(entry => entry.GetProperty("target_id").GetString() == id),
    ];

    private static string Id(JsonElement key) => key.GetProperty("id").GetString()!;

    private static string Secret(JsonElement key) => key.GetProperty("value").GetString()!;
}
