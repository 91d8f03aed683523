using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>Jobs on the real server, with an upstream that answers when it is told to.</summary>
public sealed class RunningJobs(PostgresFixture postgres) : IAsyncLifetime
{
    /// <summary>So many partitions that the other key's comes right after the first one's, and is the last in a round that begins there.</summary>
    private const int Neighbours = 184;

    private StoreSettings _store = JobServer.NewStore();
    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await GatedUpstream.StartAsync();

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_runs_as_a_call_that_waits_would_and_has_its_entry_when_it_is_completed(bool onPostgres)
    {
        await ChooseAsync(onPostgres);
        await using var server = await StartAsync();
        var id = await server.SubmitAsync();
        await _upstream.CallsAsync(1).InTimeAsync();
        Assert.Equal((202, "processing"), Of(await server.PollAsync(id)));
        Assert.Equal(404, (await server.PollAsync(id, JobServer.OtherKey)).Status);
        _upstream.Open();

        var job = await server.EndedAsync(id);

        Assert.Equal(("completed", 200), (job.GetProperty("status").GetString(), job.GetProperty("status_code").GetInt32()));
        Assert.Equal("Hello", job.GetProperty("result").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var entry = Assert.Single(await server.EntriesAsync(id));
        Assert.Equal(1_000_000, entry.GetProperty("cost_nanos").GetInt64());
        Assert.Equal(1, _upstream.Calls);
    }

    [Fact]
    public async Task What_no_waiting_helps_fails_at_once()
    {
        await using var server = await StartAsync();

        var poor = await server.EndedAsync(await server.SubmitAsync(JobServer.PoorKey), JobServer.PoorKey);
        Assert.Equal(("failed", 402), (poor.GetProperty("status").GetString(), poor.GetProperty("status_code").GetInt32()));
        Answer.CheckError(poor.GetProperty("error"), 402, "budget_exceeded");

        // A key that was deleted after the submission.
        var ghost = new JobSubmission
        {
            JobId = Guid.CreateVersion7(), VirtualKeyId = "ghost", Body = System.Text.Encoding.UTF8.GetBytes(Requests.Body("up/m")),
            Call = new JobCall { RequestId = "r" }, ResultTtlSeconds = 60,
        };
        var job = server.Get<IGrainFactory>().GetGrain<IJobGrain>(JobIds.ToText(ghost.JobId));
        await job.Submit(ghost);
        var view = await job.Poll(new JobPoll { WaitMs = 30_000 }).InTimeAsync();
        Assert.Equal((JobStatus.Failed, 403, 1), (view!.Status, view.StatusCode, view.Attempts));
        Assert.Equal(0, _upstream.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_waits_for_held_credit_without_a_charge_and_completes(bool onPostgres)
    {
        await ChooseAsync(onPostgres);
        await using var server = await StartAsync(options => options with { KeyDelay = TimeSpan.FromMilliseconds(100) });
        var first = await server.SubmitAsync(JobServer.TightKey);
        await _upstream.CallsAsync(1).InTimeAsync();
        var second = await server.SubmitAsync(JobServer.TightKey);
        var rows = server.Get<IJobStore>();
        await Eventually.UntilAsync(
            async () => await rows.ReadAsync(Guid.Parse(second), null, default) is { Status: JobStatus.Pending, WaitingSince: not null, Fence: > 1 },
            "The second job was not put back, or not tried again.");
        Assert.Equal(1, _upstream.Calls);
        _upstream.Open();

        foreach (var id in new[] { first, second })
        {
            Assert.Equal("completed", (await server.EndedAsync(id, JobServer.TightKey)).GetProperty("status").GetString());
            Assert.Equal(1, (await rows.ReadAsync(Guid.Parse(id), null, default))!.Attempts);
        }
    }

    [Fact]
    public async Task A_long_queue_of_one_key_does_not_keep_another_keys_job_waiting()
    {
        await using var server = await StartAsync(options => options with { DrainFor = TimeSpan.Zero });
        var rows = server.Get<IJobStore>();
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(_ => rows.SubmitAsync(
            new JobSubmission
            {
                JobId = Guid.CreateVersion7(), VirtualKeyId = "jobs", Body = System.Text.Encoding.UTF8.GetBytes(Requests.Body("up/m")),
                Call = new JobCall { RequestId = "r" }, ResultTtlSeconds = 60,
            },
            default)));
        await _upstream.CallsAsync(32).InTimeAsync();

        // Nothing of the first key ends, and still the other one's job gets through to the upstream.
        await server.SubmitAsync(JobServer.OtherKey);
        await _upstream.CallsAsync(33).InTimeAsync();
        Assert.Equal(33, _upstream.Calls);
        _upstream.Open();
    }

    [Fact]
    public async Task The_next_free_place_of_a_full_server_is_another_keys_that_waits()
    {
        await using var server = await StartAsync(options => options with { RunningPerSiloMax = 1, Partitions = Neighbours });
        var crowd = new List<string>();
        for (var i = 0; i < 12; i++) crowd.Add(await server.SubmitAsync());
        await _upstream.CallsAsync(1).InTimeAsync();
        var single = await server.SubmitAsync(JobServer.OtherKey);
        _upstream.Open();

        await server.EndedAsync(single, JobServer.OtherKey);
        var rows = server.Get<IJobStore>();
        var end = (await rows.ReadAsync(Guid.Parse(single), null, default))!.EndedAt;
        foreach (var id in crowd) await server.EndedAsync(id);
        var before = 0;
        foreach (var id in crowd)
            if ((await rows.ReadAsync(Guid.Parse(id), null, default))!.EndedAt < end) before++;

        // The one that ran when it came, and one that may have been on its way.
        Assert.InRange(before, 1, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_running_job_is_cancelled_for_its_client_at_once(bool onPostgres)
    {
        await ChooseAsync(onPostgres);
        // Not by the next renewal, nor by a lost lease.
        await using var server = await StartAsync(options => options with { LeaseFor = TimeSpan.FromHours(1), RenewEvery = TimeSpan.FromMinutes(30) });
        var id = await server.SubmitAsync();
        await _upstream.CallsAsync(1).InTimeAsync();
        Assert.Equal(200, (await server.CancelAsync(id)).Status);
        Assert.Equal("cancelled", (await server.EndedAsync(id)).GetProperty("status").GetString());
        _upstream.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_puts_running_jobs_back_and_the_next_start_runs_them(bool onPostgres)
    {
        await ChooseAsync(onPostgres);
        string id;
        await using (var server = await StartAsync(options => options with { DrainFor = TimeSpan.Zero }))
        {
            id = await server.SubmitAsync();
            await _upstream.CallsAsync(1).InTimeAsync();
        }

        _upstream.Open();
        await using var next = await StartAsync();
        Assert.Equal("completed", (await next.EndedAsync(id)).GetProperty("status").GetString());
        var row = (await next.Get<IJobStore>().ReadAsync(Guid.Parse(id), null, default))!;
        Assert.Equal((1, 1, 2L), (row.Attempts, row.Drains, row.Fence));
    }

    [Fact]
    public async Task A_store_of_another_number_of_partitions_is_refused()
    {
        await (await StartAsync()).DisposeAsync();
        var refusal = await Assert.ThrowsAsync<Bifrost.Ledger.Store.StoreRefusedException>(() => StartAsync(options => options with { Partitions = 7 }));
        Assert.Contains("32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_of_a_killed_process_end_on_another_one()
    {
        var database = await postgres.Server.CreateDatabaseAsync();
        var json = JobServer.Configuration(_upstream.Address, ",\"jobs\":{\"lease_seconds\":12}");
        var folder = Directory.CreateTempSubdirectory("bifrost-jobs-").FullName;
        var file = Path.Combine(folder, "bifrost.json");
        var stored = json.Insert(json.LastIndexOf('}'), $",\"store\":{{\"type\":\"postgres\",\"connection_string\":\"{database}\"}}");
        await File.WriteAllTextAsync(file, stored);
        var killed = BuiltServer.Start(folder, "--config", file, "--urls", "http://127.0.0.1:0");
        await using (killed)
        {
            await killed.AddressAsync();
            await using var other = await JobServer.StartAsync(
                json, new StoreSettings { Kind = StoreKind.Postgres, ConnectionString = database }, options => options with { RunningPerSiloMax = 0 });
            var ids = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => other.SubmitAsync()));
            await _upstream.CallsAsync(5).InTimeAsync();
            await killed.KillAsync();

            // Its place is taken by one that may run jobs.
            await using var next = await JobServer.StartAsync(json, new StoreSettings { Kind = StoreKind.Postgres, ConnectionString = database });
            _upstream.Open();
            foreach (var id in ids)
            {
                Assert.Equal("completed", (await next.EndedAsync(id)).GetProperty("status").GetString());
                var row = (await next.Get<IJobStore>().ReadAsync(Guid.Parse(id), null, default))!;
                Assert.Equal((2, 2L), (row.Attempts, row.Fence));
                Assert.Single(await next.EntriesAsync(id));
            }
        }
    }

    /// <summary>The lease has minutes to go, and the file was the dead process's alone.</summary>
    [Fact]
    public async Task Jobs_of_a_killed_process_go_on_as_soon_as_its_file_is_opened_again()
    {
        var json = JobServer.Configuration(_upstream.Address, ",\"jobs\":{\"lease_seconds\":600,\"running_per_key_max\":2}");
        var folder = Directory.CreateTempSubdirectory("bifrost-jobs-").FullName;
        var store = new StoreSettings { Path = Path.Combine(folder, "bifrost.db") };
        await File.WriteAllTextAsync(
            Path.Combine(folder, "bifrost.json"), json.Insert(json.LastIndexOf('}'), ",\"store\":{\"type\":\"sqlite\",\"path\":\"bifrost.db\"}"));
        var ids = new List<string>();
        await using (var killed = BuiltServer.Start(folder, "--urls", "http://127.0.0.1:0"))
        {
            using var http = new HttpClient { BaseAddress = await killed.AddressAsync(), Timeout = Eventually.Limit };
            http.DefaultRequestHeaders.Add("x-bf-vk", JobServer.Key);
            for (var i = 0; i < 3; i++)
            {
                using var answer = await http.PostAsync(JobCalls.Path, new StringContent(Requests.Body("up/m"), System.Text.Encoding.UTF8, "application/json"));
                ids.Add(System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!);
            }

            // As many as the key may: the third would wait for their leases to end.
            await _upstream.CallsAsync(2).InTimeAsync();
            await killed.KillAsync();
        }

        _upstream.Open();
        await using var next = await JobServer.StartAsync(json, store);
        foreach (var id in ids) Assert.Equal("completed", (await next.EndedAsync(id)).GetProperty("status").GetString());
    }

    private async Task ChooseAsync(bool onPostgres)
    {
        if (onPostgres) _store = await JobServer.NewStoreAsync(postgres);
    }

    private Task<JobServer> StartAsync(Func<JobOptions, JobOptions>? options = null) =>
        JobServer.StartAsync(JobServer.Configuration(_upstream.Address), _store, options);

    private static (int, string?) Of(Answer answer) => (answer.Status, answer.Json.GetProperty("status").GetString());
}
