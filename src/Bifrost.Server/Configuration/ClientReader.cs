using System.Net;
using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>client</c>.</summary>
internal static class ClientReader
{
    public static ClientSettings Read(Section? section)
    {
        var settings = new ClientSettings();
        if (section is null) return settings;
        var enforce = section.Flag("enforce_auth_on_inference");
        var older = section.Flag("enforce_governance_header");
        if (enforce is { } now && older is { } then && now != then)
        {
            section.Error("enforce_governance_header",
                $"is {Json(then)}, and enforce_auth_on_inference is {Json(now)}: they are one setting; keep enforce_auth_on_inference");
        }

        var names = section.Text("error_names");
        if (names is not (null or "current" or "v1")) section.Error("error_names", $"is \"{names}\"; current or v1 stands here");
        var filter = section.Object("header_filter_config");
        settings = settings with
        {
            EnforceAuthOnInference = enforce ?? older ?? true,
            AllowDirectKeys = section.Flag("allow_direct_keys") ?? false,
            Insecure = section.Flag("insecure") ?? false,
            AllowedHosts = section.Texts("allowed_hosts") ?? [],
            MaxRequestBodySizeMb = (int)(section.Whole("max_request_body_size_mb", 1, 1_024) ?? settings.MaxRequestBodySizeMb),
            AsyncJobResultTtlSeconds = (int)(section.Whole("async_job_result_ttl", 0, 31_536_000) ?? settings.AsyncJobResultTtlSeconds),
            AllowPerRequestRawOverride = section.Flag("allow_per_request_raw_override") ?? false,
            ForwardTraceContext = section.Flag("forward_trace_context") ?? false,
            StrictEnums = section.Flag("strict_enums") ?? false,
            HasOldErrorNames = names == "v1",
            AllowedOrigins = ReadOrigins(section),
            TrustedProxies = Networks(section),
            RequiredHeaders = LowerCase(section.Texts("required_headers")),
            HeaderAllowList = LowerCase(filter?.Texts("allowlist")),
            HeaderDenyList = LowerCase(filter?.Texts("denylist")),
        };
        filter?.End();
        section.Unused("drop_excess_requests", "initial_pool_size", "prometheus_labels", "allowed_headers", "enable_logging",
            "disable_content_logging", "allow_per_request_content_storage_override", "disable_db_pings_in_health", "dump_errors_in_console_logs",
            "webhook_config", "log_retention_days", "dual_credential_conflict_behavior", "enforce_scim_auth", "compat", "logging_headers",
            "whitelisted_routes", "hide_deleted_virtual_keys_in_filters", "mcp_agent_depth", "mcp_tool_execution_timeout",
            "mcp_code_mode_binding_level", "mcp_tool_sync_interval", "mcp_disable_auto_tool_inject", "mcp_enable_temp_token_auth",
            "routing_chain_max_depth", "mcp_external_client_url", "mcp_server_auth_mode", "oauth2_server_config", "enable_litellm_fallbacks");
        section.End();
        return settings;
    }

    /// <summary>Origins as browsers send them, without a path; one asterisk stands for the names before a host.</summary>
    private static IReadOnlyList<string> ReadOrigins(Section section)
    {
        if (section.Texts("allowed_origins") is not { } texts) return [];
        var origins = texts.Select(origin => origin.TrimEnd('/')).ToArray();
        foreach (var origin in origins)
        {
            if (origin == "*") continue;
            var isOne = Uri.TryCreate(origin.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri) && uri.Host.Length > 0
                && uri is { AbsolutePath: "/", Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 } && !uri.Host.Contains('*', StringComparison.Ordinal);
            if (!isOne) section.Error("allowed_origins", $"has \"{origin}\"; origins such as \"https://host\", \"https://*.host\" or \"*\" stand here");
        }

        return origins;
    }

    private static List<IPNetwork> Networks(Section section)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in section.Texts("trusted_proxies") ?? [])
        {
            if (IPNetwork.TryParse(text, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(text, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else section.Error("trusted_proxies", $"has \"{text}\"; networks such as \"10.0.0.0/8\" stand here");
        }

        return networks;
    }

    private static string Json(bool value) => value ? "true" : "false";

    private static IReadOnlyList<string> LowerCase(IReadOnlyList<string>? names) =>
        names is null ? [] : [.. names.Select(name => name.ToLowerInvariant())];
}
