using Npgsql;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Bifrost.Server.Silo;

/// <summary>Sets Orleans up as a client from outside of a cluster: it finds the gateways in the membership table, as the silos write it.</summary>
internal static class ClientSetup
{
    private const string Invariant = "Npgsql";

    /// <summary>How long one call may take.</summary>
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(10);

    public static void Use(IHostApplicationBuilder builder, SiloCluster cluster) => builder.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        client.Configure<ClientMessagingOptions>(static messages => messages.ResponseTimeout = s_answerWithin);
        client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Invariant, ConnectionString(cluster.ConnectionString)));
        if (cluster.Tls is { } tls) client.UseTls(tls.Apply);

        // A command says what is wrong at once.
        client.UseConnectionRetryFilter(static (_, _) => Task.FromResult(false));
    });

    private static string ConnectionString(string given) => new NpgsqlConnectionStringBuilder(given)
    {
        ApplicationName = "bifrost-client",
        MaxPoolSize = 2,
        Timeout = 5,
        CommandTimeout = 5,
    }.ConnectionString;
}
