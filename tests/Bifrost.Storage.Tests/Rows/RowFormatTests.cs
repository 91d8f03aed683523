using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Usage;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Tests.Harness;
using Bifrost.Storage.Tests.Jobs;
using Orleans;
using Orleans.Runtime;

namespace Bifrost.Storage.Tests.Rows;

/// <summary>
/// What stands in the columns, pinned: a store that is written today must be read by every later server. Both databases have the same values:
/// ids are hexadecimal here, booleans 0 and 1, bytes text where they are, and nothing is a dash.
/// </summary>
public abstract class RowFormatTests
{
    private static readonly Guid s_holder = Id(0xb1);
    private static readonly Guid s_lease = Id(0xa1);
    private static readonly CatalogKey s_key = new(CatalogKinds.VirtualKey, "vk_1");

    [Fact]
    public async Task Of_the_ledger()
    {
        await using var harness = await StartAsync();
        await harness.BudgetAsync("a \"b\" ü", 1_000, "1M", calendarAligned: true);
        await harness.Ledger.RegisterHolderAsync(s_holder, TimeSpan.FromSeconds(10), 3, default);
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(s_lease, s_holder, 100, 100, "a \"b\" ü"));
        await harness.Ledger.ApplyAsync(new LedgerCatalogChange { Keys = [new KeyState("vk_2", false)] }, default);
        await harness.PostAsync(
            new LedgerEntry
            {
                AttemptId = Id(0xc1), LeaseId = s_lease, Kind = LedgerEntryKind.Settle, VirtualKeyId = "vk_1", TeamId = "team_1", CustomerId = "customer_1",
                Provider = "sim", Model = "m/ü", RequestId = "req_1", JobId = "job_1", CostNanos = 60, Status = 200, LatencyMs = 12, Estimated = true,
                ReportedNanos = 11,
                Usage = new TokenUsage
                {
                    PromptTokens = 1, CompletionTokens = 2, CachedReadTokens = 3, CachedWriteTokens = 4, CachedWriteLongTokens = 10, ReasoningTokens = 5, PromptAudioTokens = 6,
                    CompletionAudioTokens = 7, CitationTokens = 8, SearchQueries = 9,
                },
            },
            new LedgerEntry
            {
                AttemptId = Id(0xc2), Kind = LedgerEntryKind.Unknown, VirtualKeyId = "vk_1", Provider = "sim", Model = "m", RequestId = "req_2",
                CostNanos = 0, Unpriced = true,
            });
        await harness.Ledger.AdjustAsync(
            new LedgerEntry
            {
                AttemptId = Id(0xc3), LeaseId = s_lease, Kind = LedgerEntryKind.Adjust, VirtualKeyId = "vk_1", Provider = "sim", Model = "m", RequestId = "req_1",
                CostNanos = -10, Reason = "why",
            },
            default);
        await AreAsync(
            harness,
            ("select id, object_kind, object_id, level, owner_id, period_count, period_unit, calendar_aligned, limit_nanos, window_start_ms, posted_nanos, " +
             "leased_nanos, doubt_nanos, retired, version from budget",
             "a \"b\" ü|||2|a \"b\" ü|1|5|1|1000|1767225600000|50|50|0|0|1"),
            ("select virtual_key_id, active from key_state", "vk_2|0"),
            ("select id, seen_until_ms, dead, catalog_seen from holder", "019b76daa800700080000000000000b1|1767225610000|0|3"),
            ("select id, holder_id, virtual_key_id, chain, granted_nanos, settled_nanos, spend_until_ms, state, doubt_at_ms from credit_lease",
             """019b76daa800700080000000000000a1|019b76daa800700080000000000000b1|vk_1|[["a \u0022b\u0022 \u00FC",1767225600000]]|100|50|1767225605000|0|-"""),
            ("select attempt_id, lease_id, kind, virtual_key_id, team_id, customer_id, provider, model, request_id, job_id, cost_nanos, prompt_tokens, " +
             "completion_tokens, cached_read_tokens, cached_write_tokens, reasoning_tokens, prompt_audio_tokens, completion_audio_tokens, citation_tokens, " +
             "search_queries, estimated, unpriced, status, latency_ms, reason, at_ms, cached_write_1h_tokens, reported_nanos from ledger_entry order by attempt_id",
             """
             019b76daa800700080000000000000c1|019b76daa800700080000000000000a1|0|vk_1|team_1|customer_1|sim|m/ü|req_1|job_1|60|1|2|3|4|5|6|7|8|9|1|0|200|12|-|1767225600000|10|11
             019b76daa800700080000000000000c2|-|1|vk_1|-|-|sim|m|req_2|-|0|0|0|0|0|0|0|0|0|0|0|1|0|0|-|1767225600000|0|-
             019b76daa800700080000000000000c3|019b76daa800700080000000000000a1|2|vk_1|-|-|sim|m|req_1|-|-10|0|0|0|0|0|0|0|0|0|0|0|0|0|why|1767225600000|0|-
             """));
    }

    [Fact]
    public async Task Of_jobs()
    {
        await using var harness = await StartAsync();
        var rig = new JobRig(harness, new JobOptions());
        await rig.Jobs.FixPartitionsAsync(32, default);
        var first = rig.Submission(body: """{"model":"m"}""", idempotency: "i", ttl: 60, webhook: "hook") with
        {
            JobId = Id(0xd1),
            Call = new JobCall
            {
                RequestId = "req_1", DefaultProvider = "openai", Headers = [new Header("x-a", "1 \"ü\"")], SendBackRawRequest = true, SendBackRawResponse = true,
            },
        };
        var job = Assert.IsType<JobAccepted>(await rig.SubmitAsync(first)).Row;
        var large = Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(body: new string('x', 70_000)) with
        {
            JobId = Id(0xd2), Call = new JobCall { RequestId = "req_2", Headers = [] },
        })).Row;
        await rig.EndAsync(await rig.LeasedAsync(job));
        await rig.LeasedAsync(large);
        await AreAsync(
            harness,
            ("select partitions from job_setting", "32"),
            ("select virtual_key_id, partition, open_jobs, open_bytes, running, paused_until_ms from job_key", "vk_1|30|1|70000|1|0"),
            ("select id, virtual_key_id, partition, request_id, status, fence, attempts, drains, owner, lease_until_ms, cancel_requested, not_before_ms, " +
             "waiting_since_ms, created_at_ms, ended_at_ms, expires_at_ms, result_ttl_s, body_bytes, status_code, last_error, webhook from job order by id",
             """
             019b76daa800700080000000000000d1|vk_1|30|req_1|2|1|1|0|01900000000070008000000000000001|-|0|1767225600000|-|1767225600000|1767225600000|1767225660000|60|13|200|e|hook
             019b76daa800700080000000000000d2|vk_1|30|req_2|1|1|1|0|01900000000070008000000000000001|1767225630000|0|1767225600000|-|1767225600000|-|-|60|70000|0|-|-
             """),
            ("select job_id, call, encoding, length from job_request order by job_id",
             """
             019b76daa800700080000000000000d1|{"request_id":"req_1","default_provider":"openai","headers":[{"name":"x-a","value":"1 \u0022\u00FC\u0022"}],"send_back_raw_request":true,"send_back_raw_response":true}|0|13
             019b76daa800700080000000000000d2|{"request_id":"req_2","headers":[]}|1|70000
             """),
            ("select virtual_key_id, bytes from job_kept", "vk_1|24"),
            ("select body from job_request where encoding = 0", """{"model":"m"}"""),
            ("select job_id, status_code, headers, encoding, length, body from job_result",
             """019b76daa800700080000000000000d1|200|[{"name":"x-bf-provider","value":"sim"}]|0|11|{"ok":true}"""),
            ("select virtual_key_id, idempotency_key, body_hash, job_id, at_ms, job_gone from job_idempotency",
             $"vk_1|i|{Convert.ToHexStringLower(JobIds.BodyHash(first.Body.Span))}|019b76daa800700080000000000000d1|1767225600000|0"),
            ("select job_id, virtual_key_id, request_id, endpoint, job_status, status_code, created_at_ms, result_expires_at_ms, state, fence, attempts, " +
             "not_before_ms, ended_at_ms, last_status, last_error from job_delivery",
             "019b76daa800700080000000000000d1|vk_1|req_1|hook|2|200|1767225600000|1767225660000|0|0|0|1767225600000|-|0|-"));
    }

    [Fact]
    public async Task Of_the_catalog_and_of_grains()
    {
        await using var harness = await StartAsync();
        var budget = new BudgetSpec
        {
            Id = "day", Level = BudgetLevel.KeyProvider, OwnerId = "config", Period = new WindowPeriod(2, PeriodUnit.Day, CalendarAligned: false), LimitNanos = 5,
        };
        var item = new CatalogObject { Key = s_key, Json = Encoding.UTF8.GetBytes("""{"id":"vk_1"}"""), Active = false, Budgets = [budget] };
        await harness.Store.Catalog.SeedAsync([new CatalogSeed(item, [1, 2, 255])], default);
        await harness.Store.Catalog.ApplyAsync(
            new CatalogChange
            {
                Upserts = [item with { Active = true, Budgets = [budget with { LimitNanos = 6 }] }, item with { Key = new CatalogKey(CatalogKinds.Team, "t"), Budgets = [] }],
                Audit =
                [
                    new AuditEntry
                    {
                        Id = Id(0xe1), At = StoreHarness.Start, Actor = "token", Action = "update", Target = s_key, Detail = """{"a":"ü"}""",
                    },
                ],
            },
            default);
        await harness.Store.Catalog.ApplyAsync(new CatalogChange { Deletes = [new CatalogKey(CatalogKinds.Team, "t")] }, default);
        await harness.Store.GrainState.WriteStateAsync(
            "windows", GrainId.Create("virtual-key", "vk_1"), new GrainState<Snapshot>(new Snapshot { Used = 7, Start = StoreHarness.Start }));
        await AreAsync(
            harness,
            ("select version from catalog", "3"),
            ("select kind, id, json, active, file_hash, deleted, version from catalog_object order by kind",
             """
             team|t||0|-|1|3
             virtual_key|vk_1|{"id":"vk_1"}|1|0102ff|0|2
             """),
            ("select id, object_kind, object_id, level, owner_id, period_count, period_unit, calendar_aligned, limit_nanos, window_start_ms, retired, version " +
             "from budget",
             "day|virtual_key|vk_1|3|config|2|3|0|6|1767225600000|0|2"),
            ("select virtual_key_id, active from key_state", "vk_1|1"),
            ("select id, at_ms, actor, action, target_kind, target_id, detail from audit",
             """019b76daa800700080000000000000e1|1767225600000|token|update|virtual_key|vk_1|{"a":"ü"}"""),
            ("select name, grain_key, payload, version from grain_state",
             """windows|virtual-key/vk_1|{"Used":7,"Start":"2026-01-01T00:00:00+00:00"}|1"""));
    }

    private protected abstract Task<StoreHarness> StartAsync();

    private static async Task AreAsync(StoreHarness harness, params (string Sql, string Rows)[] expected)
    {
        foreach (var (sql, rows) in expected) Assert.Equal(rows.ReplaceLineEndings("\n"), await harness.RowsAsync(sql));
    }

    private static Guid Id(byte last) => Guid.Parse($"019b76da-a800-7000-8000-0000000000{last:x2}");

    public sealed class Snapshot
    {
        public int Used { get; set; }

        public DateTimeOffset Start { get; set; }
    }
}

public sealed class SqliteRowFormatTests : RowFormatTests
{
    private protected override Task<StoreHarness> StartAsync() => Task.FromResult<StoreHarness>(new SqliteHarness());
}

public sealed class PostgresRowFormatTests(PostgresFixture postgres) : RowFormatTests
{
    private protected override async Task<StoreHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
