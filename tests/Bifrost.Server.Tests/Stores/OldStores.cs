using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bifrost.Jobs.Webhooks;

namespace Bifrost.Server.Tests.Stores;

/// <summary>A store that an older server wrote, and that was killed under load, opens and goes on (see README.md beside it).</summary>
public sealed class OldStores(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Body = """{"model":"sim/sim-echo","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""";

    /// <summary>One token of input and one of output, at the prices of the configuration.</summary>
    private const decimal CostOfACall = 0.000469136m;

    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await GatedUpstream.StartAsync();
        _upstream.Open();
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_books_are_those_that_the_old_server_read_and_leases_of_the_killed_one_come_in_doubt(bool onPostgres)
    {
        var store = await OldStore.CopyAsync(onPostgres ? postgres : null);
        await using var server = await store.OpenAsync(_upstream.Address, jobs => jobs with { RunningPerSiloMax = 0 });
        foreach (var list in (string[])
            ["governance/customers", "governance/teams", "governance/virtual-keys", "governance/model-configs", "governance/providers",
             "governance/budgets", "governance/rate-limits", "webhooks/endpoints", "admin-tokens", "audit", "pricing?search=sim/"])
        {
            var (expected, read) = (Booked(store.Expected[list]!), Booked(await ReadAsync($"/api/{list}{(list.Contains('?') ? '&' : '?')}limit=1000")));
            Assert.True(JsonNode.DeepEquals(expected, read), $"{list} was\n{expected}\nand is\n{read}");
        }

        var entries = (await ReadAsync("/api/ledger/entries?limit=1000"))["entries"]!.AsArray();
        Assert.Equal(store.Expected["entries"]!["count"]!.GetValue<int>(), entries.Count);
        Assert.Equal(store.Expected["entries"]!["cost_nanos"]!.GetValue<long>(), entries.Sum(entry => entry!["cost_nanos"]!.GetValue<long>()));
        var oldest = store.Expected["oldest_entries"]!.AsArray();
        foreach (var (expected, read) in oldest.Zip(entries.TakeLast(oldest.Count))) Assert.True(JsonNode.DeepEquals(expected, read), $"{expected}\n{read}");
        Assert.Equal(
            Fields(store.Expected["webhooks/deliveries"]!["deliveries"]!, "id", "endpoint", "job_id", "event"),
            Fields((await ReadAsync("/api/webhooks/deliveries"))["deliveries"]!, "id", "endpoint", "job_id", "event"));
        foreach (var job in store.Expected["jobs"]!.AsArray())
        {
            var (id, was) = (Text(job!, "id"), Text(job!, "status"));
            var status = Text((await ReadAsync($"/api/jobs/{id}"))["job"]!, "status");
            Assert.True(status == was || (was == "processing" && status == "pending"), $"{id} was {was} and is {status}.");
            await SameResultAsync(server, job!);
        }

        // The killed server's leases are in doubt; what was in doubt long enough can be released, what came in doubt now cannot.
        string[] old = Ids(store.Expected["leases_doubt"]!), open = Ids(store.Expected["leases_open"]!);
        await Eventually.UntilAsync(async () => Ids((await ReadAsync("/api/ledger/leases?limit=1000"))["leases"]!).Length == old.Length + open.Length, "No doubt.");
        Assert.Equal(old.Concat(open).Order(), Ids((await ReadAsync("/api/ledger/leases?limit=1000"))["leases"]!).Order());
        Assert.Equal(Ids(store.Expected["leases_closed"]!), Ids((await ReadAsync("/api/ledger/leases?state=closed&limit=1000"))["leases"]!));
        Assert.Equal(409, (await SendAsync(HttpMethod.Post, $"/api/ledger/leases/{open[0]}/release")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, $"/api/ledger/leases/{old[0]}/release")).Status);

        async Task<JsonNode> ReadAsync(string path)
        {
            var answer = await SendAsync(HttpMethod.Get, path);
            Assert.True(answer.Status == 200, $"{path}: {answer.Status} {answer.Body}");
            return JsonNode.Parse(answer.Body)!;
        }

        // By the token that the old server made.
        Task<Answer> SendAsync(HttpMethod method, string path) => server.SendAsync(method, path, store.Secret("admin"), null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Jobs_end_and_keys_and_budgets_go_on_from_where_they_stood(bool onPostgres)
    {
        var store = await OldStore.CopyAsync(onPostgres ? postgres : null);
        await using var server = await store.OpenAsync(_upstream.Address);
        foreach (var name in (string[])["running", "running-too", "waiting", "waiting-too"])
            Assert.Equal("completed", Text(await server.EndedAsync(Text(store.Job(name), "id"), Text(store.Job(name), "key")), "status"));
        foreach (var name in (string[])["done", "large", "failed", "cancelled"]) await SameResultAsync(server, store.Job(name));
        Assert.Equal(Text(store.Job("done"), "id"), await RepeatAsync("filed", "done-1"));
        Assert.Equal(Text(store.Job("waiting"), "id"), await RepeatAsync("api", "waiting-1"));

        // The budget of a key, the rate window of another (state of its grain), and keys that were changed, deleted, rotated and switched off.
        Assert.Equal(200, await CallAsync("filed-changed"));
        var before = store.Expected["governance/budgets"]!["budgets"]!.AsArray().First(budget => Text(budget!, "id") == "b-changed")!["current_usage"]!;
        await Eventually.UntilAsync(
            async () => await UsedAsync("b-changed") == before.GetValue<decimal>() + CostOfACall,
            $"The budget stood at {before} and did not go on by {CostOfACall}: {await UsedAsync("b-changed")}.");
        foreach (var (key, status) in ((string, int)[])
            [("filed", 200), ("api", 200), ("rotated", 200), ("rotated-before", 200), ("spent", 402), ("rare", 429), ("off", 403), ("filed-gone", 403)])
            Assert.Equal((key, status), (key, await CallAsync(key)));

        // An endpoint of the old server's signs with the secret that it showed.
        await using var receiver = await WebhookReceiver.StartAsync();
        var moved = $$"""{"url":"{{new Uri(receiver.Address, "/hook")}}","allow_private_network":true}""";
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Put, "/api/webhooks/endpoints/hook", store.Secret("admin"), moved)).Status);
        await server.SubmitAsync(store.Secret("filed"), "sim/sim-echo", ("x-bf-async-webhook", "hook"));
        await receiver.ToldAsync(1);
        var told = receiver.Told[0];
        var signed = Encoding.UTF8.GetBytes($"{told.Headers["webhook-id"]}.{told.Headers["webhook-timestamp"]}.").Concat(told.Body).ToArray();
        var signature = HMACSHA256.HashData(WebhookSignature.KeyOf(store.Secret("hook"))!, signed);
        Assert.Equal("v1," + Convert.ToBase64String(signature), told.Headers["webhook-signature"]);

        async Task<int> CallAsync(string key) => (await server.SendAsync(HttpMethod.Post, Requests.Chat, store.Secret(key), Body)).Status;

        async Task<decimal> UsedAsync(string budget) =>
            (await server.SendAsync(HttpMethod.Get, "/api/governance/budgets?limit=1000", store.Secret("viewer"), null)).Json.GetProperty("budgets")
            .EnumerateArray().First(one => one.GetProperty("id").GetString() == budget).GetProperty("current_usage").GetDecimal();

        async Task<string> RepeatAsync(string key, string idempotencyKey)
        {
            var answer = await server.SendAsync(
                HttpMethod.Post, "/v1/async/chat/completions", store.Secret(key), Body, ("Idempotency-Key", idempotencyKey));
            Assert.True(answer.Status is 200 or 202, answer.Body);
            return answer.Json.GetProperty("id").GetString()!;
        }
    }

    /// <summary>The step that counts what ended jobs keep begins with those of the old server.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_ended_jobs_of_the_old_server_keep_counts(bool onPostgres)
    {
        var store = await OldStore.CopyAsync(onPostgres ? postgres : null);
        await using var server = await store.OpenAsync(_upstream.Address, jobs => jobs with { RunningPerSiloMax = 0, KeptBytesPerKeyMax = 1 });
        var key = Text(store.Job("large"), "key");
        var full = await server.SendAsync(HttpMethod.Post, "/v1/async/chat/completions", key, Body);
        full.IsError(429, "queue_full");
        Assert.Contains("jobs.kept_mb_per_key_max", full.Body, StringComparison.Ordinal);
    }

    /// <summary>What a key reads of a job that had ended is the same to the byte.</summary>
    private static async Task SameResultAsync(JobServer server, JsonNode job)
    {
        if (job["sha256"]?.GetValue<string>() is not { } hash) return;
        var answer = await server.PollAsync(Text(job, "id"), Text(job, "key"));
        Assert.True(hash == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(answer.Body))), $"{Text(job, "name")}: {answer.Status} {answer.Body}");
    }

    /// <summary>Credit of a server that died moves from held to doubt: their sum is what stays.</summary>
    private static JsonNode Booked(JsonNode node)
    {
        var copy = node.DeepClone();
        Add(copy);
        return copy;

        static void Add(JsonNode? node)
        {
            if (node is JsonArray list)
                foreach (var item in list) Add(item);
            if (node is not JsonObject record) return;
            if (record["in_doubt_usage"] is { } doubt)
            {
                record["held_usage"] = record["held_usage"]!.GetValue<decimal>() + doubt.GetValue<decimal>();
                record.Remove("in_doubt_usage");
            }

            // What the old server did not know reads as its default.
            if (record["admission"]?.GetValue<string>() == "bound") record.Remove("admission");
            foreach (var (_, value) in record.ToArray()) Add(value);
        }
    }

    private static string[] Ids(JsonNode list) => [.. list.AsArray().Select(item => item is JsonValue id ? id.GetValue<string>() : Text(item!, "id"))];

    private static string[] Fields(JsonNode list, params string[] names) =>
        [.. list.AsArray().Select(item => string.Join(' ', names.Select(name => item![name]!.ToJsonString())))];

    private static string Text(JsonNode item, string name) => item[name]!.GetValue<string>();

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
