namespace Bifrost.Server.Tests.Shares;

/// <summary>25 answers 403 or 402 of one key's doing closed the provider's key to everybody; 25 times 500 of one model the whole provider.</summary>
public sealed class OthersFaults
{
    // The model is the same for both keys: what it answers is the first word of the message.
    [Theory]
    [InlineData("sim-403")]
    [InlineData("sim-402")]
    [InlineData("sim-404")]
    [InlineData("sim-400")]
    public async Task Faults_of_one_keys_requests_close_nothing_to_others(string fault)
    {
        await using var rig = await ShareRig.StartAsync();
        for (var i = 0; i < 25; i++) Assert.NotEqual(200, (await rig.AskAsync(ShareRig.Attacker, "sim-asked", content: fault)).Status);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-asked", content: "sim-echo")).Status);
    }

    [Fact]
    public async Task A_model_that_fails_closes_no_other_model()
    {
        await using var rig = await ShareRig.StartAsync();
        for (var i = 0; i < 25; i++) Assert.NotEqual(200, (await rig.AskAsync(ShareRig.Attacker, "sim-500")).Status);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
        Assert.Equal(502, (await rig.AskAsync(ShareRig.Attacker, "sim-500")).Status);
        Assert.True(await rig.ReachedAsync("circuits") > 0);
    }
}
