using System.Data.Common;
using System.Security.Cryptography;
using Bifrost.Server.Configuration;
using Bifrost.Server.Silo;

namespace Bifrost.Server.Client;

/// <summary>A connection to a running cluster from outside of it. It reads and drains; it never makes a call of a model.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private readonly IHost _host;

    private ClusterConnection(IHost host, string clusterId) =>
        (_host, ClusterId, Grains) = (host, clusterId, host.Services.GetRequiredService<IGrainFactory>());

    public string ClusterId { get; }

    public IGrainFactory Grains { get; }

    public IManagementGrain Management => Grains.GetGrain<IManagementGrain>(0);

    /// <exception cref="ClusterAwayException">No silo can be reached, with the reason in words.</exception>
    public static async Task<ClusterConnection> OpenAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        ClientSetup.Use(builder, new SiloCluster
        {
            ConnectionString = target.Store.ConnectionString,
            ClusterId = target.Cluster.ClusterId,
            ServiceId = target.Cluster.ServiceId,
            Tls = target.Cluster.Tls is { } tls ? CertificatesOf(tls) : null,
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return new ClusterConnection(host, target.Cluster.ClusterId);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await DisposeAsync(host);
            throw new ClusterAwayException(WhyAway(e, target.Cluster.ClusterId), e);
        }
    }

    public ValueTask DisposeAsync() => DisposeAsync(_host);

    private static SiloTls CertificatesOf(ClusterTlsSettings tls)
    {
        try
        {
            return new SiloTls(tls.Certificate, tls.Key, tls.Authority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ClusterAwayException($"The certificates of cluster.tls cannot be read, and the cluster opens to them alone: {e.Message}", e);
        }
    }

    private static string WhyAway(Exception failure, string clusterId)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is DbException { SqlState: "42P01" }) return "The store has no membership table: no cluster was ever started on it.";
            if (e is DbException) return $"The store, where a cluster keeps who its members are, does not answer: {e.Message}";
        }

        return $"No gateway of cluster '{clusterId}' answers: none of its silos runs, none has a gateway (cluster.gateway_port is 0), "
            + "this machine may not connect to it, or its certificate is not of the cluster's authority. "
            + $"Orleans says: {failure.Message.ReplaceLineEndings(" ")}";
    }

    private static async ValueTask DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
    }
}

/// <summary>No cluster can be reached; the message is for people.</summary>
internal sealed class ClusterAwayException(string message, Exception inner) : Exception(message, inner);
