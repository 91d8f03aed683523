using System.Diagnostics.Metrics;
using System.Net;
using Bifrost.Calls.Limits;
using Bifrost.Http.Addresses;
using Microsoft.AspNetCore.Connections;

namespace Bifrost.Http.Connections;

/// <summary>
/// Bounds the open connections of callers, in all and by address, so that files are left for the store and for upstreams: without any, the
/// process ends. What is above is closed at once. One per process; thread-safe.
/// </summary>
public sealed class ConnectionGate
{
    private static readonly object s_share = new();

    private readonly ConnectionLimits _limits;
    private readonly ClientAddresses _addresses;
    private readonly LimitWatch _watch;
    private readonly Shares<ClientAddress> _byAddress = new();
    private int _open;

    public ConnectionGate(ConnectionLimits limits, ClientAddresses addresses, LimitWatch watch, IMeterFactory meters)
    {
        (_limits, _addresses, _watch) = (limits, addresses, watch);
        meters.Create("Bifrost.Http").CreateObservableGauge(
            "bifrost.connections", () => Volatile.Read(ref _open), "{connection}", "Open connections of callers.");
    }

    /// <summary>Whether a connection that was just accepted has a place; one that has none is closed.</summary>
    public bool TryEnter(ConnectionContext connection)
    {
        var remote = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var address = ClientAddress.Of(remote);
        Share? share = null;
        if (!_addresses.IsTrusted(remote))
        {
            share = _byAddress.TryTake(address, 1, _limits.AddressMax);
            if (share is null) return Close(connection, Limit.ConnectionsAddress, address);
        }

        if (Interlocked.Increment(ref _open) > _limits.Max)
        {
            Interlocked.Decrement(ref _open);
            share?.GiveBack(1);
            return Close(connection, Limit.Connections, address);
        }

        connection.Items[s_share] = share;
        return true;
    }

    /// <summary>Serves a connection that has a place, and gives the place back.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            await next(connection);
        }
        finally
        {
            if (connection.Items.Remove(s_share, out var share))
            {
                (share as Share)?.GiveBack(1);
                Interlocked.Decrement(ref _open);
            }
        }
    }

    private bool Close(ConnectionContext connection, Limit limit, ClientAddress address)
    {
        _watch.Reached(limit, address.ToString());
        connection.Abort(new ConnectionAbortedException("Too many connections are open."));
        return false;
    }
}
