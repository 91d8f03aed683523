using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bifrost.Load;

/// <summary>
/// One HTTP/1.1 connection, by hand: 50 000 events a second must cost the loader little, or it measures itself. Answers are understood just as far
/// as needed: status, length or chunked coding, body bytes.
/// </summary>
internal sealed class HttpCall(LoadOptions options) : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly BodyDecoder _decoder = new();

    public int Status => _decoder.Status;

    public Task ConnectAsync() => _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, options.Url.Port));

    /// <summary>The bytes of a chat request for the options' model.</summary>
    public static byte[] Request(LoadOptions options, bool stream)
    {
        var body = $$"""{"model":"{{options.Model}}","messages":[{"role":"user","content":"Say something, please."}]{{(stream ? ",\"stream\":true" : "")}}}""";
        var key = options.Key is null ? "" : $"Authorization: Bearer {options.Key}\r\n";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST {options.Url.AbsolutePath} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{key}Content-Length: {body.Length}\r\n\r\n{body}"));
    }

    public async ValueTask SendAsync(byte[] request)
    {
        _decoder.Reset();
        for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request.AsMemory(sent));
    }

    /// <summary>Waits for more body; an empty span of it may be headers only.</summary>
    /// <returns>False when the answer has ended, be it whole or broken off.</returns>
    public async ValueTask<bool> ReadAsync(IBodySink sink)
    {
        if (_decoder.IsWhole) return false;
        int read;
        try
        {
            read = await _socket.ReceiveAsync(_buffer.AsMemory());
        }
        catch (SocketException)
        {
            return false;
        }
        if (read == 0) return false;
        _decoder.Take(_buffer.AsSpan(0, read), sink);
        return true;
    }

    public bool IsWhole => _decoder.IsWhole;

    public void Dispose() => _socket.Dispose();
}

/// <summary>Takes body bytes as they come.</summary>
internal interface IBodySink
{
    void Take(ReadOnlySpan<byte> body);
}
