using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bifrost.Testing;

/// <summary>
/// An upstream of bytes: reads whole requests and answers with exactly what the test wrote down, well-formed or not.
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
    /// <param name="bytes">The first answer.</param>
    /// <param name="lastBytes">What is sent before the end.</param>
    /// <param name="due">Released for each first answer; null: at once.</param>
    /// <param name="onNext">Called before the end.</param>
    public static RawUpstream DyingKept(string bytes, string lastBytes = "", SemaphoreSlim? due = null, Action? onNext = null) => new(async (stream, stopping) =>
    {
        if (due is not null) await due.WaitAsync(stopping);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(bytes), stopping);
        if (!await ReadRequestAsync(stream, stopping)) return;
        onNext?.Invoke();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(lastBytes), stopping);
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

    /// <summary>Takes no further connections.</summary>
    public void Refuse() => _listener.Stop();

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
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over, or takes no more of them.
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using (socket)
            {
                await using var stream = new NetworkStream(socket);
                if (!await ReadRequestAsync(stream, _stopping.Token)) return;
                _received.Release();
                await _answer(stream, _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The caller left, or the test is over.
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
