namespace Bifrost.Testing;

/// <summary>
/// One PostgreSQL for all tests of an assembly (<c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>). Where the binaries are
/// missing, its tests are skipped with a line that says so; with <c>CI=true</c> they fail.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const string Missing = "PostgreSQL's binaries (initdb, postgres) are not installed: Debian package 'postgresql', or set BIFROST_PG_BIN.";

    private PostgresServer? _server;

    internal PostgresServer Server
    {
        get
        {
            if (_server is not null) return _server;
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(Missing);
            Assert.Skip(Missing);
            return null!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.FindBinaries() is { } binaries) _server = await PostgresServer.StartAsync(binaries);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
