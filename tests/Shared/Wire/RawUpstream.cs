using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bifrost.Testing;

/// <summary>
/// An upstream of bytes: reads whole requests and answers with exactly what the test wrote down, well-formed or not. Serves one
/// connection after the other.
/// </summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _received = new(0);
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly Task _serving;
    private int _connections;

    private RawUpstream(Func<NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers every request with these bytes and then closes.</summary>
    public static RawUpstream Saying(string bytes) => new(async (stream, stopping) => await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stopping));

    /// <summary>Answers every request with these bytes and keeps the connection without a word more.</summary>
    public static RawUpstream SayingAndStaying(string bytes) => new(async (stream, stopping) =>
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
    });

    /// <summary>Answers every request on a connection with these bytes, as a keep-alive server does.</summary>
    public static RawUpstream SayingForEver(string bytes) => new(async (stream, stopping) =>
    {
        do await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stopping);
        while (await ReadRequestAsync(stream, stopping));
    });

    /// <summary>Answers every request with these bytes and then closes.</summary>
    public static RawUpstream Saying(byte[] bytes) => new(async (stream, stopping) => await stream.WriteAsync(bytes, stopping));

    /// <summary>Answers every request with what these bytes are by then, and then closes.</summary>
    public static RawUpstream Saying(Func<byte[]> bytes) => new(async (stream, stopping) => await stream.WriteAsync(bytes(), stopping));

    /// <summary>Answers the first request of each connection, and ends it at the next one with these bytes, or with none.</summary>
    public static RawUpstream DyingKept(string bytes, string lastBytes = "") => new(async (stream, stopping) =>
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stopping);
        if (await ReadRequestAsync(stream, stopping)) await stream.WriteAsync(Encoding.UTF8.GetBytes(lastBytes), stopping);
    });

    /// <summary>Answers with these parts, each when <paramref name="due"/> is released, and then closes.</summary>
    public static RawUpstream SayingInSteps(SemaphoreSlim due, params string[] parts) => new(async (stream, stopping) =>
    {
        foreach (var part in parts)
        {
            await due.WaitAsync(stopping);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(part), stopping);
        }
    });

    /// <summary>An answer with this content type and body, of this length unless told otherwise.</summary>
    public static string Answer(string contentType, string body, int? length = null, string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {length ?? Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>Completes when the next request has been read whole.</summary>
    public Task RequestReceivedAsync() => _received.WaitAsync().InTimeAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _serving;
        _stopping.Dispose();
        _received.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                await using var stream = new NetworkStream(socket);
                try
                {
                    if (!await ReadRequestAsync(stream, _stopping.Token)) continue;
                    _received.Release();
                    await _answer(stream, _stopping.Token);
                }
                catch (IOException)
                {
                    // The caller left.
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static async Task<bool> ReadRequestAsync(NetworkStream stream, CancellationToken stopping)
    {
        var request = new List<byte>();
        var buffer = new byte[8_192];
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. request]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && request.Count >= end + 4 + LengthIn(text)) return true;
            var count = await stream.ReadAsync(buffer, stopping);
            if (count == 0) return false;
            request.AddRange(buffer.AsSpan(0, count));
        }
    }

    private static int LengthIn(string head)
    {
        const string name = "content-length:";
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head.AsSpan(at + name.Length, head.IndexOf('\r', at) - at - name.Length), System.Globalization.CultureInfo.InvariantCulture);
    }
}
