namespace Bifrost.Simulator.Tests;

/// <summary>Real time, and only lower bounds: a busy machine makes nothing earlier.</summary>
public sealed class TimingTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData("sim-delay-150ms", "", 150)]
    [InlineData("sim-delay-150ms", Chat.Stream, 150)]
    [InlineData("sim-503-delay-150ms", "", 150)]
    public async Task A_delay_passes_before_the_status(string model, string more, int atLeastMs)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var response = await simulator.OpenAsync(model, more);

        Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds >= atLeastMs - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Chat.Stream)]
    public async Task A_late_body_comes_after_headers_that_did_not_wait(string more)
    {
        using var response = await simulator.OpenAsync("sim-late-3600s", more);
        await using var body = await response.Content.ReadAsStreamAsync();

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await body.ReadExactlyAsync(new byte[1], patience.Token));
    }

    [Theory]
    [InlineData("sim-paced-6x30ms", Chat.Stream, 150)]
    [InlineData("sim-paced-6x30ms", "", 180)]
    [InlineData("sim-drip-100x20ms", "", 120)]
    [InlineData("sim-words-1-drip-100x10ms", Chat.Stream, 60)]
    public async Task Paces_and_drips_take_their_time(string model, string more, int atLeastMs)
    {
        var begun = TimeProvider.System.GetTimestamp();
        using var response = await simulator.OpenAsync(model, more);
        await response.Content.ReadAsByteArrayAsync();

        Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds >= atLeastMs - 2);
    }
}
