using System.Text.Json;

namespace Bifrost.Admin.Tests.Governance;

public sealed class VirtualKeyAdmin(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private const string Root = "/api/governance/virtual-keys";

    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task A_made_key_opens_inference_and_is_masked_ever_after()
    {
        var key = await _server.MakeKeyAsync("masked");
        var secret = key.GetProperty("value").GetString()!;
        Assert.StartsWith("sk-bf-", secret, StringComparison.Ordinal);
        Assert.Equal(200, await _server.CallAsync(secret));
        foreach (var path in (string[])[$"{Root}/{Id(key)}", $"{Root}?search=masked", "/api/audit"])
        {
            var read = await _server.GetAsync(path);
            Assert.Equal(200, read.Status);
            Assert.DoesNotContain(secret, read.Body, StringComparison.Ordinal);
        }

        // Nor is its hash shown, which would open nothing but could be searched for.
        var changed = await _server.PutAsync($"{Root}/{Id(key)}", """{"description":"changed"}""");
        var listed = (await _server.GetAsync($"{Root}?search=masked")).Json.GetProperty("virtual_keys")[0];
        foreach (var shown in (JsonElement[])[changed.Json.GetProperty("virtual_key"), await _server.KeyAsync(Id(key)), listed])
            Assert.Equal("sk-bf-********", shown.GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_budget_that_turns_onto_the_calendar_keeps_what_was_spent()
    {
        var key = await _server.MakeKeyAsync("turned", """ "budgets":[{"max_limit":5,"reset_duration":"1M"}] """);
        Assert.Equal(200, await _server.CallAsync(key.GetProperty("value").GetString()!));
        await SpentAsync(key, "1M");
        foreach (var aligned in (string[])["true", "false"])
        {
            var put = await _server.PutAsync($"{Root}/{Id(key)}", $$"""{"calendar_aligned":{{aligned}}}""");
            var budget = Budget(put.Json.GetProperty("virtual_key"), "1M");
            Assert.Equal(aligned, budget.GetProperty("calendar_aligned").GetRawText());
            Assert.Equal(Budget(key, "1M").GetProperty("id").GetString(), budget.GetProperty("id").GetString());
            Assert.True(budget.GetProperty("current_usage").GetDecimal() > 0);
        }
    }

    [Fact]
    public async Task A_partial_change_leaves_the_rest_as_it_is()
    {
        var key = await _server.MakeKeyAsync(
            "partial",
            """
            "description":"d","budgets":[{"max_limit":5,"reset_duration":"1d"},{"max_limit":50,"reset_duration":"1M","calendar_aligned":true}],
            "rate_limit":{"request_max_limit":100,"request_reset_duration":"1m"},"max_concurrent_requests":7,
            "provider_configs":[{"provider":"sim","weight":0.5,"allowed_models":["sim-echo"]}]
            """);
        var put = await _server.PutAsync($"{Root}/{Id(key)}", """{"description":"changed"}""");
        Assert.Equal(200, put.Status);
        var after = put.Json.GetProperty("virtual_key");
        foreach (var field in (string[])["name", "budgets", "rate_limit", "max_concurrent_requests", "provider_configs", "allow_all_providers", "is_active"])
            Assert.Equal(key.GetProperty(field).GetRawText(), after.GetProperty(field).GetRawText());
        Assert.Equal("changed", after.GetProperty("description").GetString());
        Assert.Equal(200, await _server.CallAsync(key.GetProperty("value").GetString()!));
    }

    [Fact]
    public async Task Budgets_of_the_same_window_keep_what_was_spent()
    {
        var key = await _server.MakeKeyAsync("counters", """ "budgets":[{"max_limit":5,"reset_duration":"1d"},{"max_limit":9,"reset_duration":"1h"}] """);
        Assert.Equal(200, await _server.CallAsync(key.GetProperty("value").GetString()!));
        await SpentAsync(key, "1d");
        var put = await _server.PutAsync($"{Root}/{Id(key)}", """{"budgets":[{"max_limit":0.25,"reset_duration":"1d"}]}""");
        var budget = Assert.Single(put.Json.GetProperty("virtual_key").GetProperty("budgets").EnumerateArray());
        Assert.Equal(0.25m, budget.GetProperty("max_limit").GetDecimal());
        Assert.Equal(Budget(key, "1d").GetProperty("id").GetString(), budget.GetProperty("id").GetString());
        Assert.True(budget.GetProperty("current_usage").GetDecimal() > 0);

        // A window that comes back finds its counter.
        put = await _server.PutAsync($"{Root}/{Id(key)}", """{"budgets":[{"max_limit":0.25,"reset_duration":"1d"},{"max_limit":9,"reset_duration":"1h"}]}""");
        Assert.True(Budget(put.Json.GetProperty("virtual_key"), "1h").GetProperty("current_usage").GetDecimal() > 0);
    }

    [Fact]
    public async Task A_lowered_budget_binds_the_next_call()
    {
        var key = await _server.MakeKeyAsync("lowered", """ "budgets":[{"max_limit":5,"reset_duration":"1d"}] """);
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(200, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"{Root}/{Id(key)}", """{"budgets":[{"max_limit":0,"reset_duration":"1d"}]}""")).Status);
        Assert.Equal(402, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"{Root}/{Id(key)}", """{"budgets":[]}""")).Status);
        Assert.Equal(200, await _server.CallAsync(secret));
    }

    [Fact]
    public async Task A_rotation_ends_the_old_secret_at_once_or_after_its_overlap()
    {
        var key = await _server.MakeKeyAsync("rotated");
        var first = key.GetProperty("value").GetString()!;
        var second = await RotateAsync("""{"overlap_seconds":600}""");
        Assert.Equal((200, 200), (await _server.CallAsync(first), await _server.CallAsync(second)));
        var third = await RotateAsync("");
        Assert.Equal((403, 403, 200), (await _server.CallAsync(first), await _server.CallAsync(second), await _server.CallAsync(third)));
        (await _server.PostAsync($"{Root}/{Id(key)}/rotate", """{"overlap_seconds":-1}""")).IsError(400, "invalid_request_error");
        (await _server.PostAsync($"{Root}/nobody/rotate")).IsError(404, "not_found");

        async Task<string> RotateAsync(string body)
        {
            var answer = await _server.PostAsync($"{Root}/{Id(key)}/rotate", body);
            Assert.True(answer.Status == 200, answer.Body);
            Assert.Equal(Id(key), Id(answer.Json.GetProperty("virtual_key")));
            return answer.Json.GetProperty("virtual_key").GetProperty("value").GetString()!;
        }
    }

    [Fact]
    public async Task An_inactive_or_deleted_key_is_refused_by_the_next_call()
    {
        var key = await _server.MakeKeyAsync("ended");
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(200, (await _server.PutAsync($"{Root}/{Id(key)}", """{"is_active":false}""")).Status);
        Assert.Equal(403, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"{Root}/{Id(key)}", """{"is_active":true}""")).Status);
        Assert.Equal(200, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.DeleteAsync($"{Root}/{Id(key)}")).Status);
        Assert.Equal(403, await _server.CallAsync(secret));
        (await _server.GetAsync($"{Root}/{Id(key)}")).IsError(404, "not_found");
        (await _server.DeleteAsync($"{Root}/{Id(key)}")).IsError(404, "not_found");
        (await _server.PutAsync($"{Root}/{Id(key)}", "{}")).IsError(404, "not_found");
    }

    [Fact]
    public async Task Lists_are_paged_searched_and_sorted()
    {
        foreach (var name in (string[])["list-b", "list-c", "list-a"]) await _server.MakeKeyAsync(name);
        var page = (await _server.GetAsync($"{Root}?search=LIST-&limit=2&offset=1&sort_by=name&order=desc")).Json;
        Assert.Equal(["list-b", "list-a"], page.GetProperty("virtual_keys").EnumerateArray().Select(key => key.GetProperty("name").GetString()));
        Assert.Equal((2, 3, 2, 1), (Number(page, "count"), Number(page, "total_count"), Number(page, "limit"), Number(page, "offset")));
        Assert.Equal("limit", (await _server.GetAsync($"{Root}?limit=0")).IsError(400, "invalid_request_error").Json.GetProperty("error").GetProperty("param").GetString());
        (await _server.GetAsync($"{Root}?sort_by=value")).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task Lists_of_names_deny_all_when_empty_and_allow_all_with_a_star()
    {
        var key = await _server.MakeKeyAsync("names", """ "provider_configs":[{"provider":"sim","weight":1,"allowed_models":[]}] """);
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(403, await _server.CallAsync(secret));
        await _server.PutAsync($"{Root}/{Id(key)}", """{"provider_configs":[{"provider":"sim","allowed_models":["*"]}]}""");
        Assert.Equal(200, await _server.CallAsync(secret));
        await _server.PutAsync($"{Root}/{Id(key)}", """{"provider_configs":[{"provider":"sim","blacklisted_models":["sim-echo"]}]}""");
        Assert.Equal(403, await _server.CallAsync(secret));
    }

    [Fact]
    public async Task A_key_sees_its_own_quota_and_nothing_else()
    {
        var key = await _server.MakeKeyAsync("quota", """ "budgets":[{"max_limit":5,"reset_duration":"1d"}],"rate_limit":{"request_max_limit":10,"request_reset_duration":"1h"} """);
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(200, await _server.CallAsync(secret));
        await SpentAsync(key, "1d");
        var quota = (await _server.GetAsync($"{Root}/quota", secret)).Json;
        Assert.Equal("quota", quota.GetProperty("virtual_key_name").GetString());
        Assert.True(quota.GetProperty("budgets")[0].GetProperty("current_usage").GetDecimal() > 0);
        Assert.Equal(1, quota.GetProperty("rate_limit").GetProperty("request_current_usage").GetInt32());
        (await _server.GetAsync($"{Root}/quota", AdminServer.Token)).IsError(401, "invalid_credentials");
        (await _server.GetAsync($"{Root}/quota", null)).IsError(401, "virtual_key_required");
        (await _server.GetAsync($"{Root}/quota", "sk-bf-nobody")).IsError(403, "access_not_found");
    }

    [Fact]
    public async Task An_inactive_keys_quota_was_shown_though_every_other_call_of_it_was_refused()
    {
        var key = await _server.MakeKeyAsync("inactive quota");
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(200, (await _server.GetAsync($"{Root}/quota", secret)).Status);

        await _server.PutAsync($"{Root}/{Id(key)}", """{"is_active":false}""");

        var quota = await _server.GetAsync($"{Root}/quota", secret);
        quota.IsError(403, "access_blocked");
        Assert.Equal((await _server.GetAsync("/v1/models", secret)).Json.GetProperty("error").ToString(), quota.Json.GetProperty("error").ToString());
    }

    [Theory]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":7}""", "name")]
    [InlineData("""{"name":"x","nmae":"y"}""", "nmae")]
    [InlineData("""{"name":"x","name":"y"}""", "name")]
    [InlineData("""{"name":"x","value":"sk-bf-own"}""", "value")]
    [InlineData("""{"name":"x","expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":"x","expires_at":"soon"}""", "expires_at")]
    [InlineData("""{"name":"x","team_id":"nobody"}""", "team_id")]
    [InlineData("""{"name":"x","customer_id":"nobody"}""", "customer_id")]
    [InlineData("""{"name":"x","team_id":"a","customer_id":"b"}""", "customer_id")]
    [InlineData("""{"name":"x","budgets":[{"max_limit":-1,"reset_duration":"1d"}]}""", "budgets[0].max_limit")]
    [InlineData("""{"name":"x","budgets":[{"reset_duration":"1d"}]}""", "budgets[0].max_limit")]
    [InlineData("""{"name":"x","budgets":[{"max_limit":1}]}""", "budgets[0].reset_duration")]
    [InlineData("""{"name":"x","budgets":[{"max_limit":1,"reset_duration":"1x"}]}""", "budgets[0].reset_duration")]
    [InlineData("""{"name":"x","budgets":[{"max_limit":1,"reset_duration":"1d"},{"max_limit":2,"reset_duration":"1d"}]}""", "budgets[1].reset_duration")]
    [InlineData("""{"name":"x","budgets":{"max_limit":1}}""", "budgets")]
    [InlineData("""{"name":"x","rate_limit":{"request_max_limit":1}}""", "rate_limit.request_reset_duration")]
    [InlineData("""{"name":"x","rate_limit":{"token_reset_duration":"1m"}}""", "rate_limit.token_max_limit")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"nobody"}]}""", "provider_configs[0].provider")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"sim"},{"provider":"sim"}]}""", "provider_configs[1].provider")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"sim","allowed_models":["*","a"]}]}""", "provider_configs[0].allowed_models")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"sim","allowed_models":["a","a"]}]}""", "provider_configs[0].allowed_models")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"sim","key_ids":["nobody"]}]}""", "provider_configs[0].key_ids")]
    [InlineData("""{"name":"x","provider_configs":[{"provider":"sim","weight":-1}]}""", "provider_configs[0].weight")]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    public async Task A_mistake_is_named_and_nothing_is_made(string body, string? param)
    {
        var answer = await _server.PostAsync(Root, body);
        answer.IsError(400, "invalid_request_error");
        Assert.Equal(param, answer.Json.GetProperty("error").GetProperty("param").GetString());
        Assert.DoesNotContain("\"name\":\"x\"", (await _server.GetAsync(Root + "?limit=1000")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_unique_and_expiry_can_be_cleared()
    {
        var key = await _server.MakeKeyAsync("unique", """ "expires_at":"2999-01-01T00:00:00Z" """);
        Assert.Equal("2999-01-01T00:00:00.000Z", key.GetProperty("expires_at").GetString());
        (await _server.PostAsync(Root, """{"name":"unique"}""")).IsError(400, "invalid_request_error");
        var put = await _server.PutAsync($"{Root}/{Id(key)}", """{"name":"unique","expires_at":""}""");
        Assert.Equal(JsonValueKind.Null, put.Json.GetProperty("virtual_key").GetProperty("expires_at").ValueKind);
    }

    private Task SpentAsync(JsonElement key, string period) => Eventually.UntilAsync(
        async () => Budget(await _server.KeyAsync(Id(key)), period).GetProperty("current_usage").GetDecimal() > 0);

    private static JsonElement Budget(JsonElement key, string period) =>
        key.GetProperty("budgets").EnumerateArray().Single(budget => budget.GetProperty("reset_duration").GetString() == period);

    private static string Id(JsonElement key) => key.GetProperty("id").GetString()!;

    private static int Number(JsonElement page, string name) => page.GetProperty(name).GetInt32();
}
