using System.Net.Http.Headers;

namespace Bifrost.Server.Tests.Shares;

/// <summary>Bad credentials, wrong admin tokens and questions for jobs that are not there had no limit and left no trace.</summary>
public sealed class Guesses
{
    [Fact]
    public async Task Bad_credentials_of_an_address_are_limited_and_good_ones_are_not()
    {
        await using var rig = await ShareRig.StartAsync();
        var statuses = new List<int>();
        for (var i = 0; i < 300; i++) statuses.Add((await rig.AskAsync($"sk-bf-wrong-{i}", "sim-echo")).Status);
        Assert.Equal(403, statuses[0]);
        Assert.True(statuses.Count(status => status == 429) > 50, string.Join(" ", statuses));
        Assert.True(await rig.ReachedAsync("credentials") > 50);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
    }

    /// <summary>A busy caller of a key that was deleted read 429, which clients repeat, instead of what became of its key.</summary>
    [Fact]
    public async Task Callers_of_a_revoked_key_are_told_so_each_time_and_take_nothing_from_their_address()
    {
        await using var rig = await ShareRig.StartAsync();
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
        using (var delete = new HttpRequestMessage(HttpMethod.Delete, new Uri(rig.Address, "/api/governance/virtual-keys/honest")))
        {
            delete.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminServer.Token);
            using var deleted = await rig.Http.SendAsync(delete);
            Assert.True(deleted.IsSuccessStatusCode);
        }

        for (var i = 0; i < 150; i++) (await rig.AskAsync(ShareRig.Honest, "sim-echo")).IsError(403, "access_blocked");
        Assert.Equal(403, await StatusAsync(rig, "/openai/v1/models", ShareRig.Honest));
        Assert.Equal(403, await PollAsync(rig, Guid.CreateVersion7(), ShareRig.Honest));
        Assert.Equal(0, await rig.ReachedAsync("credentials"));
        (await rig.AskAsync("sk-bf-wrong", "sim-echo")).IsError(403, "access_not_found");
    }

    [Fact]
    public async Task Wrong_admin_tokens_are_told_and_slowed_down_and_right_ones_are_not()
    {
        await using var rig = await ShareRig.StartAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AdminAsync(rig, $"wrong-{i}")));
        Assert.Equal(40, await rig.ReachedAsync("admin_credentials"));

        // Some at once, some a second late, and no more than so many wait.
        Assert.True(statuses.Count(status => status == 401) >= 13, string.Join(" ", statuses));
        Assert.True(statuses.Count(status => status == 429) >= 1, string.Join(" ", statuses));
        Assert.Equal(200, await AdminAsync(rig, AdminServer.Token));
    }

    [Fact]
    public async Task Questions_for_jobs_that_are_not_there_are_limited()
    {
        await using var rig = await ShareRig.StartAsync();
        var statuses = new List<int>();
        for (var i = 0; i < 300; i++) statuses.Add(await PollAsync(rig, Guid.CreateVersion7()));
        Assert.Equal(404, statuses[0]);
        Assert.True(statuses.Count(status => status == 429) > 50, string.Join(" ", statuses));
        Assert.True(await rig.ReachedAsync("unknown_jobs") > 50);
    }

    private static async Task<int> AdminAsync(ShareRig rig, string token) => await StatusAsync(rig, "/api/audit", token);

    private static async Task<int> PollAsync(ShareRig rig, Guid id, string key = ShareRig.Attacker) =>
        await StatusAsync(rig, $"/v1/async/chat/completions/{id}", key);

    private static async Task<int> StatusAsync(ShareRig rig, string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(rig.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await rig.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
