using System.Collections.Frozen;
using System.Collections.Immutable;
using Bifrost.Calls.Contracts;
using Bifrost.Http.Auth;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Http.Headers;

/// <summary>
/// Chooses what of the caller's headers goes on to the provider (contract section 4). The dialect takes the prefix <c>x-bf-eh-</c> off.
/// </summary>
public sealed class UpstreamHeaders(RequestOptions options)
{
    private const string Prefix = Header.ExtraPrefix;
    private const int CountMax = 64;

    // Credentials, hop-by-hop headers and what describes the body: the gateway's or the connection's own.
    private static readonly FrozenSet<string> s_never = new[]
    {
        "authorization", "proxy-authorization", "cookie", "host", "content-length", "content-type", "content-encoding", "connection",
        "transfer-encoding", "accept-encoding", "keep-alive", "te", "trailer", "upgrade", "expect", "proxy-connection", "x-api-key",
        "x-goog-api-key", "api-key", "x-bf-api-key", "x-bf-api-key-id", "x-bf-vk", "x-bf-direct-key", "x-client-request-id",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="headers">All headers of the request.</param>
    /// <param name="bytes">Their bytes together, since each is looked at here (<see cref="RequestSize"/>).</param>
    public ImmutableArray<Header> Choose(IHeaderDictionary headers, out int bytes)
    {
        bytes = 0;
        ImmutableArray<Header>.Builder? chosen = null;
        Take(headers, "OpenAI-Organization", "openai-organization", ref chosen);
        Take(headers, "OpenAI-Project", "openai-project", ref chosen);
        if (options.ForwardTraceparent) Take(headers, "traceparent", "traceparent", ref chosen);
        foreach (var (name, values) in headers)
        {
            bytes += RequestSize.Of(name, values);
            if (name.Length <= Prefix.Length || !name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) continue;
            var bare = name[Prefix.Length..].ToLowerInvariant();
            if (s_never.Contains(bare) || options.HeaderDenyList.Contains(bare)) continue;
            if (options.HeaderAllowList.Count > 0 && !options.HeaderAllowList.Contains(bare)) continue;
            Add(Prefix + bare, values, ref chosen);
        }

        return chosen?.ToImmutable() ?? [];
    }

    private static void Take(IHeaderDictionary headers, string name, string lowerCase, ref ImmutableArray<Header>.Builder? chosen)
    {
        if (headers.TryGetValue(name, out var values)) Add(lowerCase, values, ref chosen);
    }

    private static void Add(string name, StringValues values, ref ImmutableArray<Header>.Builder? chosen)
    {
        var value = values.ToString();
        if (value.Length == 0 || value.Contains(CallerAuthenticator.SecretPrefix, StringComparison.OrdinalIgnoreCase)) return;
        chosen ??= ImmutableArray.CreateBuilder<Header>();
        if (chosen.Count < CountMax) chosen.Add(new Header(name, value));
    }
}
