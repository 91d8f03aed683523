using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// The way from a server to its PostgreSQL, which a test can cut, freeze, or let lose the answers to commits. What was frozen is delivered
/// when it thaws, however late that is.
/// </summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    /// <summary>The answer to a commit that was done: CommandComplete with this tag.</summary>
    private static readonly byte[] s_committed = [(byte)'C', 0, 0, 0, 11, .. "COMMIT\0"u8];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly UnixDomainSocketEndPoint _postgres;
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sockets = [];
    private readonly Task _accepting;
    private TaskCompletionSource _thawed = Thawed();
    private bool _cut;
    private bool _losing;
    private int _commits;
    private int _lost;

    public PostgresProxy(string connectionString)
    {
        _target = new NpgsqlConnectionStringBuilder(connectionString);
        _postgres = new UnixDomainSocketEndPoint(Path.Combine(_target.Host!, ".s.PGSQL.5432"));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Leads to the database through this proxy.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_target.ConnectionString)
    {
        Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, SslMode = SslMode.Disable,
    }.ConnectionString;

    /// <summary>Commits whose answers were lost.</summary>
    public int Lost => Volatile.Read(ref _lost);

    /// <summary>Ends every connection, and each new one at once.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _cut = true;
            foreach (var socket in _sockets) Reset(socket);
        }
    }

    /// <summary>Nothing passes any more; nobody is told.</summary>
    public void Freeze()
    {
        lock (_gate) _thawed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Of ten commits seven are done and their connection ends before the answer: too many in a row for any one repetition.</summary>
    public void LoseAnswers()
    {
        lock (_gate) _losing = true;
    }

    public void Heal()
    {
        lock (_gate)
        {
            _cut = _losing = false;
            _thawed.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Heal();
        Cut();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            lock (_gate)
            {
                if (_cut)
                {
                    Reset(client);
                    return;
                }

                _sockets.Add(client);
                _sockets.Add(server);
            }

            try
            {
                await server.ConnectAsync(_postgres);
                await Task.WhenAny(PumpAsync(client, server, answers: false), PumpAsync(server, client, answers: true));
            }
            catch (SocketException)
            {
                // PostgreSQL is not there.
            }

            lock (_gate)
            {
                _sockets.Remove(client);
                _sockets.Remove(server);
            }

            Reset(client);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool answers)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                Task thawed;
                lock (_gate) thawed = _thawed.Task;
                await thawed;
                if (answers && IsLost(buffer.AsSpan(0, count))) return;
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side is gone: so is the other.
        }
    }

    private bool IsLost(ReadOnlySpan<byte> answer)
    {
        lock (_gate)
        {
            if (!_losing || answer.IndexOf(s_committed) < 0 || _commits++ % 10 >= 7) return false;
            _lost++;
            return true;
        }
    }

    private static void Reset(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork) socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    private static TaskCompletionSource Thawed()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.SetResult();
        return source;
    }
}
