using System.Collections.Frozen;
using Bifrost.Calls.Contracts;

namespace Bifrost.Providers.Http;

/// <summary>
/// Which headers go upstream (contract section 4). The gateway has filtered a caller's headers already; this is the second lock.
/// </summary>
internal static class HeaderPolicy
{
    private const string VirtualKeyPrefix = "sk-bf-";

    /// <summary>Headers of the contract that a caller's request may carry through under their own name.</summary>
    private static readonly FrozenSet<string> Named = new[] { "traceparent", "openai-organization", "openai-project" }
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Never from a caller: credentials, framing, routing, and what the gateway sets itself.</summary>
    private static readonly FrozenSet<string> Denied = new[]
    {
        "authorization", "proxy-authorization", "proxy-authenticate", "proxy-connection", "cookie", "set-cookie", "host",
        "content-length", "content-type", "content-encoding", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade",
        "expect", "accept-encoding", "x-api-key", "x-goog-api-key", "api-key", "x-client-request-id",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Never from the configuration either: they would break the framing of the request.</summary>
    private static readonly FrozenSet<string> Framing = new[]
    {
        "host", "content-length", "content-type", "content-encoding", "connection", "keep-alive", "proxy-connection", "transfer-encoding",
        "te", "trailer", "upgrade", "expect", "accept-encoding", "x-client-request-id",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a virtual key: no header and no credential that starts like one leaves the gateway.</summary>
    public static bool IsVirtualKey(string credential) => credential.AsSpan().Trim().StartsWith(VirtualKeyPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Name under which a caller's header goes upstream; null when it does not.</summary>
    public static string? CallerName(Header header)
    {
        if (Carries(header.Value)) return null;
        if (Named.Contains(header.Name)) return header.Name;
        if (!header.Name.StartsWith(Header.ExtraPrefix, StringComparison.OrdinalIgnoreCase)) return null;
        var name = header.Name[Header.ExtraPrefix.Length..];
        return name.Length == 0 || Denied.Contains(name) || name.StartsWith("x-bf-", StringComparison.OrdinalIgnoreCase) ? null : name;
    }

    /// <summary>Whether a configured header may be sent.</summary>
    public static bool AllowsConfigured(string name, string value) => name.Length > 0 && !Framing.Contains(name) && !Carries(value);

    /// <summary>A virtual key anywhere in it, or a character that could start another header.</summary>
    private static bool Carries(string value) =>
        value.Contains(VirtualKeyPrefix, StringComparison.OrdinalIgnoreCase)
        || value.AsSpan().ContainsAnyInRange('\0', '\x08') || value.AsSpan().ContainsAny('\r', '\n');
}
