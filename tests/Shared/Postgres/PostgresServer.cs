using System.Diagnostics;
using Npgsql;

namespace Bifrost.Testing;

/// <summary>
/// A private PostgreSQL from installed binaries, in a temporary directory, on a Unix socket. It stops when the test process ends, however
/// that ends: a shell waits for the end of its standard input and then stops the server.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Watch = "\"$@\" >\"$0\" 2>&1 & cat >/dev/null; kill -INT $! 2>/dev/null; wait $!";

    private readonly string _binaries;
    private readonly DirectoryInfo _home;
    private readonly bool _durable;
    private Process? _watcher;
    private int _databases;

    private PostgresServer(string binaries, DirectoryInfo home, bool durable) => (_binaries, _home, _durable) = (binaries, home, durable);

    private string Data => Path.Combine(_home.FullName, "data");

    /// <summary>Where <c>initdb</c> and <c>postgres</c> are, or null: <c>BIFROST_PG_BIN</c>, Debian's directories, or the path.</summary>
    public static string? FindBinaries()
    {
        var places = new List<string>();
        if (Environment.GetEnvironmentVariable("BIFROST_PG_BIN") is { Length: > 0 } named) places.Add(named);
        if (Directory.Exists("/usr/lib/postgresql"))
            places.AddRange(Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(d => Path.Combine(d, "bin")));
        places.AddRange((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        return places.Find(place => File.Exists(Path.Combine(place, "initdb")) && File.Exists(Path.Combine(place, "postgres")));
    }

    /// <param name="durable">False: no fsync. A killed server loses nothing by it, only a machine without power does.</param>
    public static async Task<PostgresServer> StartAsync(string binaries, bool durable = false)
    {
        var server = new PostgresServer(binaries, Directory.CreateTempSubdirectory("bifrost-pg-"), durable);
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", ["postgres", server._home.FullName]);
        await RunAsync(AsOwner(
            Path.Combine(binaries, "initdb"), "-D", server.Data, "-U", "bifrost", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        await server.StartAsync();
        return server;
    }

    /// <summary>A connection string to a database of this server.</summary>
    public string ConnectionString(string database) => $"Host={_home.FullName};Username=bifrost;Database={database}";

    /// <summary>Makes an empty database and answers how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync("postgres", $"create database {name}");
        return ConnectionString(name);
    }

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        var fsync = _durable ? "on" : "off";
        var start = AsOwner(
            "sh", "-c", Watch, Path.Combine(_home.FullName, "log"), Path.Combine(_binaries, "postgres"), "-D", Data, "-k", _home.FullName,
            "-c", "listen_addresses=", "-c", $"fsync={fsync}", "-c", "max_connections=200", "-c", "shared_buffers=64MB");
        _watcher = Process.Start(new ProcessStartInfo(start.File, start.Arguments) { UseShellExecute = false, RedirectStandardInput = true })!;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await ExecuteAsync("postgres", "select 1");
                return;
            }
            catch (NpgsqlException) when (TimeProvider.System.GetElapsedTime(started) < Eventually.Limit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>Stops it in order; connections are cut.</summary>
    public async Task StopAsync()
    {
        if (_watcher is null) return;
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
        _watcher = null;
    }

    /// <summary>Ends it as a crash would: what is not in the log on disk is gone.</summary>
    public async Task KillAsync()
    {
        var pid = (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0];
        await RunAsync("kill", ["-QUIT", pid]);
        await StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _home.Delete(recursive: true);
    }

    /// <summary>Sends a signal to a process of the server, by the number that <c>pg_backend_pid</c> names.</summary>
    public static Task SignalAsync(string signal, int pid) => RunAsync("kill", [$"-{signal}", $"{pid}"]);

    // PostgreSQL refuses to run as root.
    private static (string File, List<string> Arguments) AsOwner(string file, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", file, .. arguments])
            : (file, [.. arguments]);

    private static int VersionOf(string directory) => int.TryParse(Path.GetFileName(directory), out var version) ? version : 0;

    private static Task RunAsync((string File, List<string> Arguments) command) => RunAsync(command.File, command.Arguments);

    private static async Task RunAsync(string file, List<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{file} {string.Join(' ', arguments)}: {string.Concat(said)}");
    }
}
