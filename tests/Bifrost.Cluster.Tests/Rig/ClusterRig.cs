using System.Text.Json.Nodes;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace Bifrost.Cluster.Tests.Rig;

/// <summary>Real silos in processes of their own on one PostgreSQL, and the simulator whose bill says what was really called.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private const int Dead = 6;

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-cluster-");
    private readonly HttpClient _http = new();
    private readonly List<ServedSilo> _silos = [];
    private readonly string _database;
    private JsonNode _file = new JsonObject();

    private ClusterRig(string database) => _database = database;

    public IReadOnlyList<ServedSilo> Silos => _silos;

    /// <param name="postgres">Where the cluster gets a database.</param>
    /// <param name="configuration">The file without <c>store</c> and <c>cluster</c>, by the upstream's address.</param>
    /// <param name="tls">Whether the silos talk by certificates.</param>
    /// <param name="silos">How many there are at first.</param>
    public static async Task<ClusterRig> StartAsync(PostgresServer postgres, Func<Uri, string> configuration, bool tls = false, int silos = 3)
    {
        var rig = new ClusterRig(await postgres.CreateDatabaseAsync());
        try
        {
            await rig._simulator.StartAsync();
            var file = JsonNode.Parse(configuration(SimulatorHost.AddressOf(rig._simulator)))!;
            file["store"] = new JsonObject { ["type"] = "postgres", ["connection_string"] = rig._database };
            file["cluster"] = new JsonObject { ["silo_port"] = 0, ["probe_seconds"] = 1, ["tls"] = tls ? Tls(rig._folder.FullName) : null };
            file["limits"] = new JsonObject { ["drain_seconds"] = 20, ["notice_seconds"] = 1 };
            rig._file = file;
            await rig.AddAsync(silos);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts further silos, all at once.</summary>
    /// <param name="count">How many.</param>
    /// <param name="change">What their file has otherwise than that of the silos before, and of those that follow too.</param>
    public async Task AddAsync(int count, Action<JsonNode>? change = null)
    {
        change?.Invoke(_file);
        var path = Path.Combine(_folder.FullName, $"cluster-{_silos.Count}.json");
        await File.WriteAllTextAsync(path, _file.ToJsonString());
        _silos.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ServedSilo.StartAsync(_folder.FullName, path))));
    }

    /// <summary>Forgets a silo whose process has ended.</summary>
    public async Task RemoveAsync(ServedSilo silo)
    {
        _silos.Remove(silo);
        await silo.DisposeAsync();
    }

    /// <summary>Calls of one model on the upstream's bill.</summary>
    public async Task<int> BilledAsync(string model)
    {
        var bill = await _http.GetStringAsync(new Uri(SimulatorHost.AddressOf(_simulator), "bill"));
        return bill.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => (string?)JsonNode.Parse(line)!["model"] == model);
    }

    /// <summary>Silos that the cluster has declared dead.</summary>
    public async Task<long> DeadAsync()
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"select count(*) from membership where status = {Dead}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static JsonObject Tls(string folder)
    {
        using var authority = new Authority(folder, "cluster");
        return new JsonObject { ["certificate"] = authority.CertificateFile, ["key"] = authority.KeyFile, ["authority"] = authority.AuthorityFile };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        await _simulator.DisposeAsync();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }
}
