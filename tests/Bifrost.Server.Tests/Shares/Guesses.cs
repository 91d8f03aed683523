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

    private static async Task<int> PollAsync(ShareRig rig, Guid id) => await StatusAsync(rig, $"/v1/async/chat/completions/{id}", ShareRig.Attacker);

    private static async Task<int> StatusAsync(ShareRig rig, string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(rig.Address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await rig.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
