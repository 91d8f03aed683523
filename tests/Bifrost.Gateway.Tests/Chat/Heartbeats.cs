using System.IO.Pipelines;
using System.Text;
using Bifrost.Gateway.Chat;

namespace Bifrost.Gateway.Tests.Chat;

public class Heartbeats
{
    private const string Beat = ": heartbeat\n\n";

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryStream _sent = new();

    private string Sent => Encoding.UTF8.GetString(_sent.ToArray());

    private SseWriter Writer() => new(PipeWriter.Create(_sent, new StreamPipeWriterOptions(leaveOpen: true)), TimeSpan.FromSeconds(15), _time);

    private static ReadOnlyMemory<byte> Chunk => Encoding.UTF8.GetBytes("""{"a":1}""");

    [Fact]
    public async Task Come_after_a_silence_and_again_after_the_next()
    {
        const string sent = "data: {\"a\":1}\n\n";
        await using var writer = Writer();
        await writer.WriteEventAsync(Chunk, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.Equal(sent, Sent);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(sent + Beat, Sent);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(sent + Beat + Beat, Sent);
    }

    /// <summary>They fixed the status at 200 while another target could still have answered.</summary>
    [Fact]
    public async Task Never_come_before_anything_was_sent()
    {
        await using var writer = Writer();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("", Sent);
    }

    [Fact]
    public async Task Are_put_off_by_every_event()
    {
        await using var writer = Writer();
        _time.Advance(TimeSpan.FromSeconds(10));
        await writer.WriteEventAsync(Chunk, TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal("data: {\"a\":1}\n\n", Sent);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith(Beat, Sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_with_the_stream()
    {
        var writer = Writer();
        await writer.WriteDoneAsync(TestContext.Current.CancellationToken);
        await writer.DisposeAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("data: [DONE]\n\n", Sent);
    }

    [Fact]
    public async Task An_error_event_keeps_its_object_and_adds_choices_that_are_none()
    {
        await using var writer = Writer();
        await writer.WriteErrorAsync(Chunk, TestContext.Current.CancellationToken);
        Assert.Equal("data: {\"choices\":null,\"a\":1}\n\n", Sent);
    }
}
