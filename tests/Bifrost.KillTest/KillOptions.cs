using System.Globalization;

namespace Bifrost.KillTest;

/// <summary>How one proof is run. The server and the simulator are built assemblies.</summary>
internal sealed record KillOptions
{
    public required string ServerPath { get; init; }
    public required string SimulatorPath { get; init; }

    /// <summary>An older build of the server that a cluster begins with, is rolled forward from, back to, and forward again; null: none.</summary>
    public string? OlderServerPath { get; init; }

    /// <summary>Connection string of a PostgreSQL server on which a database of this run's own is made; null: SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>How often the server is killed.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>The longest life of a server from its first answer to its kill.</summary>
    public double Seconds { get; init; } = 4;

    /// <summary>Asynchronous jobs that are submitted while the server is killed; 0: callers that wait for their answers instead.</summary>
    public int Jobs { get; init; }

    public int Callers { get; init; } = 24;

    public int Seed { get; init; }

    /// <summary>Silos of a cluster, of which one at a time is killed or stopped; 0: one server that is killed.</summary>
    public int Cluster { get; init; }

    /// <summary>How often a silo of the cluster is stopped in order and started again.</summary>
    public int Rolls { get; init; }

    /// <summary>How long the cluster's PostgreSQL is stopped; 0: never.</summary>
    public int OutageSeconds { get; init; }

    /// <summary>How often a silo is cut off from the others and from the store in turn; the script has made the networks that it needs.</summary>
    public int Cuts { get; init; }

    /// <summary>Virtual keys that call; at least five.</summary>
    public int Keys { get; init; }

    /// <summary>The script that stops and starts PostgreSQL.</summary>
    public string PostgresScript { get; init; } = "";

    public static KillOptions? Parse(string[] args)
    {
        string? server = null, simulator = null;
        var options = new KillOptions { ServerPath = "", SimulatorPath = "", Seed = Environment.ProcessId };
        for (var at = 0; at + 1 < args.Length; at += 2)
        {
            var value = args[at + 1];
            switch (args[at])
            {
                case "--server": server = value; break;
                case "--older-server": options = options with { OlderServerPath = value }; break;
                case "--simulator": simulator = value; break;
                case "--postgres": options = options with { Postgres = value }; break;
                case "--rounds": options = options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--seconds": options = options with { Seconds = double.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--jobs": options = options with { Jobs = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--callers": options = options with { Callers = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--seed": options = options with { Seed = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--cluster": options = options with { Cluster = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--rolls": options = options with { Rolls = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--outage": options = options with { OutageSeconds = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--cuts": options = options with { Cuts = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--keys": options = options with { Keys = int.Parse(value, CultureInfo.InvariantCulture) }; break;
                case "--postgres-script": options = options with { PostgresScript = value }; break;
                default: return null;
            }
        }

        return server is null || simulator is null || args.Length % 2 != 0 ? null : options with { ServerPath = server, SimulatorPath = simulator };
    }
}
