using System.Net.Sockets;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;
using Microsoft.AspNetCore.Connections.Features;

namespace Bifrost.Simulator.Http;

/// <summary>
/// One call's way to its client: bytes at the script's speed, and the ways to break off. Every wait ends when the client leaves,
/// with an <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed class Wire(HttpContext context, Timing timing, BillLine line, TimeProvider time)
{
    /// <summary>
    /// What was flushed may still stand in the server's buffers; a reset would throw it away. Enough on a machine that is not busy
    /// (<see cref="SimulatorOptions.FlushesToSocket"/>).
    /// </summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(30);

    /// <summary>How long a half-closed connection waits for the client to close its side.</summary>
    private static readonly TimeSpan s_halfClosedMax = TimeSpan.FromSeconds(5);

    private bool _bodyBegun;

    public CancellationToken Gone => context.RequestAborted;

    public HttpResponse Response => context.Response;

    /// <summary>Sets the status; it leaves with the first bytes of the body, or at once when those are to be late.</summary>
    public async ValueTask BeginAsync(int status, string contentType)
    {
        if (timing.DelayMs > 0) await WaitAsync(timing.DelayMs);
        Gone.ThrowIfCancellationRequested();
        Response.StatusCode = line.Status = status;
        Response.ContentType = contentType;
        line.Reach = BillReach.Headers;
        if (timing.LateMs == 0) return;
        await FlushHeadersAsync();
        await WaitAsync(timing.LateMs);
    }

    public async ValueTask FlushHeadersAsync()
    {
        if (_bodyBegun) return;
        _bodyBegun = true;
        await Response.StartAsync(Gone);
        await Response.BodyWriter.FlushAsync(Gone);
    }

    /// <summary>Sends body bytes, whole or dripping.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _bodyBegun = true;
        var each = timing.DripBytes == 0 ? bytes.Length : timing.DripBytes;
        for (var at = 0; at < bytes.Length; at += each)
        {
            Gone.ThrowIfCancellationRequested();
            await Response.BodyWriter.WriteAsync(bytes.Slice(at, Math.Min(each, bytes.Length - at)), Gone);
            if (timing.DripMs > 0) await WaitAsync(timing.DripMs);
        }
    }

    public Task WaitAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, Gone);

    public Task WaitAsync(TimeSpan delay) => delay > TimeSpan.Zero ? Task.Delay(delay, time, Gone) : Task.CompletedTask;

    /// <summary>Says nothing more and keeps the connection until the client leaves.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, time, Gone);

    /// <summary>Resets the connection (RST).</summary>
    public async Task ResetAsync()
    {
        await WaitAsync(s_settle);
        context.Abort();
    }

    /// <summary>Ends the connection orderly (FIN) in the middle of the HTTP body.</summary>
    public async Task CloseAsync()
    {
        await WaitAsync(s_settle);
        context.Features.Get<IConnectionSocketFeature>()!.Socket.Shutdown(SocketShutdown.Send);
        await Task.Delay(s_halfClosedMax, time, Gone);
        context.Abort();
    }
}
