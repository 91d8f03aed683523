using System.Collections.Immutable;
using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>What <c>network_config</c> of a provider says.</summary>
internal sealed record NetworkSettings
{
    public Uri? BaseUrl { get; init; }
    public ImmutableArray<KeyValuePair<string, string>> ExtraHeaders { get; init; } = [];
    public int RetriesMax { get; init; }
    public int RetryBackoffInitialMs { get; init; } = 500;
    public int RetryBackoffMaxMs { get; init; } = 5_000;
    public int ConnectTimeoutMs { get; init; } = 10_000;
    public int FirstByteTimeoutMs { get; init; } = 60_000;
    public int StreamIdleTimeoutMs { get; init; } = 60_000;
    public int FirstTokenTimeoutMs { get; init; }
}

/// <summary>Reads <c>network_config</c>.</summary>
internal static class NetworkReader
{
    private static readonly string[] s_headersOfOurs =
        ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "authorization", "expect", "upgrade"];

    public static NetworkSettings Read(Section? section)
    {
        var settings = new NetworkSettings();
        if (section is null) return settings;
        settings = settings with
        {
            BaseUrl = ReadBaseUrl(section, "base_url"),
            ExtraHeaders = ReadHeaders(section.Object("extra_headers")),
            RetriesMax = (int)(section.Whole("max_retries", 0, 20) ?? 0),
            RetryBackoffInitialMs = section.Milliseconds("retry_backoff_initial", 1, 600_000) ?? settings.RetryBackoffInitialMs,
            RetryBackoffMaxMs = section.Milliseconds("retry_backoff_max", 1, 600_000) ?? settings.RetryBackoffMaxMs,
            ConnectTimeoutMs = Seconds(section, "connect_timeout_in_seconds") ?? settings.ConnectTimeoutMs,
            FirstByteTimeoutMs = Seconds(section, "default_request_timeout_in_seconds") ?? settings.FirstByteTimeoutMs,
            StreamIdleTimeoutMs = Seconds(section, "stream_idle_timeout_in_seconds") ?? settings.StreamIdleTimeoutMs,
            FirstTokenTimeoutMs = Seconds(section, "first_token_timeout_in_seconds") ?? settings.FirstTokenTimeoutMs,
        };
        if (settings.RetryBackoffInitialMs > settings.RetryBackoffMaxMs)
        {
            section.Error("retry_backoff_initial",
                $"is {settings.RetryBackoffInitialMs} ms, more than retry_backoff_max with {settings.RetryBackoffMaxMs} ms; it must not exceed it");
        }

        section.Unused("max_conns_per_host", "enforce_http2", "insecure_skip_verify", "ca_cert_pem", "allow_private_network",
            "max_conn_lifetime_in_seconds", "keep_alive_timeout_in_seconds", "beta_header_overrides");
        section.End();
        return settings;
    }

    /// <summary>An absolute http(s) address without a trailing slash; a missing or bad one is null, a bad one is reported.</summary>
    public static Uri? ReadBaseUrl(Section section, string name)
    {
        var text = section.Secret(name);
        if (text is null) return null;
        if (Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            && uri.UserInfo.Length == 0) return uri;
        section.Error(name, $"is \"{text}\"; an absolute address such as \"https://host\" stands here, without user, query or fragment");
        return null;
    }

    private static int? Seconds(Section section, string name) => (int?)section.Whole(name, 1, 3_600) * 1_000;

    private static ImmutableArray<KeyValuePair<string, string>> ReadHeaders(Section? section)
    {
        if (section is null) return [];
        var headers = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var name in section.Names())
        {
            var value = section.Secret(name);
            if (value is null) continue;
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_tokenCharacters) || value.AsSpan().ContainsAny('\r', '\n', '\0'))
                section.Error(name, "is not a header that could be sent; its name or its value has characters that HTTP forbids");
            else if (s_headersOfOurs.Contains(name, StringComparer.OrdinalIgnoreCase))
                section.Error(name, "is set by the gateway itself; remove it");
            else if (value.StartsWith("sk-bf-", StringComparison.OrdinalIgnoreCase))
                section.Error(name, "carries a virtual key, which never goes to a provider; remove it");
            else
                headers.Add(new(name, value));
        }

        return headers.ToImmutable();
    }

    private static readonly System.Buffers.SearchValues<char> s_tokenCharacters = System.Buffers.SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
