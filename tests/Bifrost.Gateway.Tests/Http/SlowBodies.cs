using System.IO.Pipelines;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Http.Addresses;
using Bifrost.Http.Bodies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>Bodies that do not come are given up by what came lately, not by what came at first.</summary>
public sealed class SlowBodies : IDisposable
{
    private static readonly Caller s_caller = new() { VirtualKeyId = "k" };

    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
    private readonly BodyReader _bodies;

    public SlowBodies() => _bodies = new BodyReader(
        new BodyLimits { BodyBytesMax = 10 << 20, BufferedBytesMax = 100 << 20 },
        new ClientAddresses([]),
        new LimitWatch(_meters, _time, NullLogger<LimitWatch>.Instance),
        _time);

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task A_body_whose_beginning_came_fast_is_given_up_where_it_stops()
    {
        var reading = ReadAsync();
        await WriteAsync(5 << 20);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        var (body, error) = await reading.InTimeAsync();
        Assert.Null(body);
        Assert.Equal((408, "request_timed_out"), (error!.Status, error.Type));
        Assert.Equal(0, _bodies.Budget.Taken);
    }

    [Fact]
    public async Task A_slow_body_that_goes_on_is_read_to_its_end()
    {
        var reading = ReadAsync();
        for (var i = 0; i < 30; i++)
        {
            await WriteAsync(6 << 10);
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.False(reading.IsCompleted);
        }

        await _pipe.Writer.CompleteAsync();
        var (body, error) = await reading.InTimeAsync();
        Assert.Null(error);
        Assert.Equal(30 * (6 << 10), body!.Bytes.Length);
        body.Dispose();
    }

    [Fact]
    public async Task No_body_takes_longer_than_the_whole_limit()
    {
        var reading = ReadAsync();
        for (var i = 0; i < 36; i++)
        {
            Assert.False(reading.IsCompleted);
            await WriteAsync(6 << 10);
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(408, (await reading.InTimeAsync()).Error!.Status);
    }

    private Task<(RequestBody? Body, Bifrost.Chat.Errors.GatewayError? Error)> ReadAsync()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(_pipe.Reader));
        return _bodies.ReadAsync(context, s_caller, TestContext.Current.CancellationToken).AsTask();
    }

    /// <summary>Writes, and returns when the reader has taken it.</summary>
    private async Task WriteAsync(int bytes) => await _pipe.Writer.WriteAsync(new byte[bytes]).AsTask().InTimeAsync();

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
