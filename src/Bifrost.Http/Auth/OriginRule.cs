using System.Net;
using Bifrost.Chat.Errors;

namespace Bifrost.Http.Auth;

/// <summary>
/// Which names this process may be called by, and from which web pages. Without credentials the network is all that keeps others out, and a
/// browser within it would carry any page's requests, under a name that the page's owner points here.
/// </summary>
public sealed class OriginRule
{
    private readonly HashSet<string> _hosts;
    private readonly bool _checksHosts;
    private readonly bool _checksOrigins;

    public OriginRule(CallerAuthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _hosts = new HashSet<string>(options.AllowedHosts, StringComparer.OrdinalIgnoreCase);
        _checksOrigins = !options.EnforceAuth;
        _checksHosts = (_checksOrigins || _hosts.Count > 0) && !_hosts.Contains("*");
    }

    /// <summary>Why a request is not served; null: it is.</summary>
    public GatewayError? Refuse(HttpRequest request)
    {
        if (_checksHosts && !IsAccepted(request.Host.Host)) return s_host;
        if (!_checksOrigins) return null;
        var origins = request.Headers.Origin;
        return origins.Count == 0 || (origins.Count == 1 && IsOwn(origins[0], request)) ? null : s_origin;
    }

    /// <summary>Names that lead to the machine itself.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) && IPAddress.IsLoopback(address));

    private bool IsAccepted(string host) => IsLoopback(host) || _hosts.Contains(host);

    /// <summary>A page of this address itself, or of a host that is named.</summary>
    private bool IsOwn(string? origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase) || _hosts.Contains(page.Host));

    private static readonly GatewayError s_host = new()
    {
        Status = StatusCodes.Status421MisdirectedRequest,
        Type = ErrorTypes.InvalidRequest,
        Message = "This process is not called by this host name. Names beside loopback ones stand in client.allowed_hosts.",
    };

    private static readonly GatewayError s_origin = new()
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ErrorTypes.AccessBlocked,
        Message = "A web page of another origin may not call a gateway that asks nobody for a key. Hosts of pages that may stand in client.allowed_hosts.",
    };
}
