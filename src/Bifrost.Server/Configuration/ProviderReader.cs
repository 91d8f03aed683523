using System.Collections.Immutable;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>providers</c>: one object a provider, its name as the key.</summary>
internal static class ProviderReader
{
    /// <summary>The first versions of Azure's API that know <c>stream_options</c>, and <c>max_completion_tokens</c>.</summary>
    private static readonly DateOnly s_versionOfStreamOptions = new(2024, 9, 1), s_versionOfNewLimit = new(2024, 12, 1);

    public static Dictionary<string, Provider> Read(Section? section, bool rawForAll)
    {
        var providers = new Dictionary<string, Provider>(StringComparer.OrdinalIgnoreCase);
        if (section is null) return providers;
        foreach (var name in section.Names())
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny("/* ") || name.StartsWith("sk-bf-", StringComparison.OrdinalIgnoreCase))
                section.Error(name, "cannot be a provider's name; use letters, digits, '-', '_' and '.'");
            else if (providers.Keys.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) is { } twin)
                section.Error(name, $"is one name with \"{twin}\": names of providers ignore case; keep one of the two");
            else if (section.Object(name) is { } one)
                providers[name] = ReadOne(name, one, rawForAll);
        }

        return providers;
    }

    private static Provider ReadOne(string name, Section section, bool rawForAll)
    {
        var known = KnownProviders.Find(name);
        if (OtherDialectOf(section, known) is { } other) return Unsupported(name, other, section);
        var network = NetworkReader.Read(section.Object("network_config"));
        var custom = CustomProviderReader.Read(section.Object("custom_provider_config"));
        var typed = custom.Dialect is null ? known : KnownProviders.Find(custom.Dialect);
        var dialect = typed?.Dialect ?? custom.Dialect;
        var profile = known is null && custom.Dialect is not (null or "openai") ? custom.Dialect : name;
        var (keys, keyUrl) = ProviderKeyReader.Read(name, dialect, section);
        var keyless = custom.Keyless ?? (known is { NeedsKey: false } && keys.Count == 0);
        var baseUrl = network.BaseUrl ?? keyUrl ?? known?.BaseUrl;
        if (dialect is null)
        {
            section.Error("custom_provider_config", $"is missing; {name} is not a provider known by name, so say how it is spoken to: "
                + "{\"base_provider_type\": \"openai\"}" + Near(name));
        }
        else if (!KnownProviders.Speaks(dialect))
        {
            section.Error(custom.Dialect is null ? "" : "custom_provider_config.base_provider_type",
                $"{name} speaks {dialect}, which is not spoken here; known: {string.Join(", ", KnownProviders.Dialects)}. Remove the provider, "
                + "or name its OpenAI-style address with network_config.base_url and custom_provider_config {\"base_provider_type\": \"openai\"}");
        }
        else if (baseUrl is null)
        {
            section.Error("network_config.base_url", $"is missing; {name} has no address of its own, write one such as \"https://host\"");
        }

        if (dialect == KnownProviders.Azure && network.BaseUrl is null && keys.Exists(key => key.Azure is null))
            section.Error("keys", "has one without azure_key_config; write {\"endpoint\": \"https://name.openai.azure.com\"} there");
        if (!keyless && !keys.Any(key => key is { Enabled: true, Weight: > 0 }) && !section.Has("keys"))
            section.Error("keys", "is missing; add [{\"value\": \"env.NAME_OF_A_VARIABLE\"}]");
        else if (!keyless && !keys.Any(key => key is { Enabled: true, Weight: > 0 }))
            section.Error("keys", "has no key that could be chosen; one must be enabled and have a weight above 0");

        var provider = Assemble(name, profile, section, rawForAll, KnownProviders.Find(profile)?.AskStreamUsage ?? true, OldestVersion(keys)) with
        {
            Dialect = dialect ?? "openai",
            Profile = profile,
            ModelDialects = ReadModelDialects(section, dialect == "openai" ? OpenAiProfiles.Find(profile).ModelDialects : []),
            BaseUrl = baseUrl ?? new Uri("http://127.0.0.1:0"),
            Keys = [.. keys],
            Keyless = keyless,
            ExtraHeaders = network.ExtraHeaders,
            RetriesMax = network.RetriesMax,
            RetryBackoffInitialMs = network.RetryBackoffInitialMs,
            RetryBackoffMaxMs = network.RetryBackoffMaxMs,
            ConnectTimeoutMs = network.ConnectTimeoutMs,
            FirstByteTimeoutMs = network.FirstByteTimeoutMs,
            StreamIdleTimeoutMs = network.StreamIdleTimeoutMs,
            FirstTokenTimeoutMs = network.FirstTokenTimeoutMs,
            ChatPath = custom.ChatPath,
            StreamPath = custom.StreamPath,
            EndsWithoutMark = custom.EndsWithoutMark,
        };
        section.Unused("proxy_config", "store_raw_request_response", "openai_config", "pricing_overrides", "stream_throughput_guard", "prompt_cache");
        section.Silent("description", "status", "config_hash");
        section.End();
        return provider;
    }

    /// <summary>The dialect of a provider, where it is one of Bifrost's that is not spoken here; else null.</summary>
    private static string? OtherDialectOf(Section section, KnownProvider? known)
    {
        var dialect = section.Object("custom_provider_config")?.Text("base_provider_type") ?? known?.Dialect;
        return dialect is not null && KnownProviders.IsOther(dialect) ? dialect : null;
    }

    /// <summary>A provider that a file of Bifrost's has and that cannot be called: its name is known, its settings are not looked at.</summary>
    private static Provider Unsupported(string name, string dialect, Section section)
    {
        section.Context.Findings.Warn(section.Path, $"{name} speaks {dialect}, which is not spoken here yet: the provider is disabled, and calls to it are "
            + "answered 400 provider_not_supported. To call its OpenAI-style address, name that with network_config.base_url and "
            + "custom_provider_config {\"base_provider_type\": \"openai\"}");
        section.Silent(section.All().Keys);
        var keys = section.Objects("keys").Select((key, index) => (key.Id("id") ?? key.Text("name") ?? $"{name}-{index + 1}", key.Text("name")));
        return new Provider
        {
            Name = name,
            Dialect = dialect,
            BaseUrl = new Uri("http://127.0.0.1:0"),
            Keys = [.. keys.DistinctBy(key => key.Item1).Select(key => new ProviderKey { Id = key.Item1, Name = key.Item2 ?? key.Item1, Value = "" })],
            IsSupported = false,
            Billing = BillingProfiles.Find(name),
        };
    }

    /// <summary>The day of the oldest dated version that a key's resource speaks; null where none has one.</summary>
    private static DateOnly? OldestVersion(List<ProviderKey> keys)
    {
        DateOnly? oldest = null;
        foreach (var key in keys)
        {
            if (key.Azure is { IsDated: true } azure && azure.ApiVersion.Length >= 10 && DateOnly.TryParse(azure.ApiVersion.AsSpan(0, 10), out var day))
                oldest = oldest < day ? oldest : day;
        }

        return oldest;
    }

    private static Provider Assemble(
        string name, string profile, Section section, bool rawForAll, bool askStreamUsage, DateOnly? version)
    {
        var billing = BillingProfiles.Find(profile);
        if (version < s_versionOfNewLimit) billing = billing with { LimitIsMaxTokens = true };
        askStreamUsage &= version is null || version >= s_versionOfStreamOptions;
        var usage = section.Text("stream_usage");
        if (usage is not (null or "ask" or "never")) section.Error("stream_usage", $"is \"{usage}\"; ask or never stands here");
        var rawRequest = section.Flag("send_back_raw_request") ?? false;
        var rawResponse = section.Flag("send_back_raw_response") ?? false;
        var provider = new Provider
        {
            Name = name,
            BaseUrl = new Uri("http://127.0.0.1:0"),
            AskStreamUsage = usage is null ? askStreamUsage : usage == "ask",
            RawAllowed = rawForAll || rawRequest || rawResponse,
            CircuitBreaker = ReadBreaker(section.Object("circuit_breaker")),
            Billing = BillingReader.Read(section.Object("billing"), billing),
            ServiceTier = section.Text("service_tier") is { Length: > 0 } tier ? tier : BillingProfiles.DefaultTierOf(profile),
            ClosesOnLeave = ReadOnLeave(section),
            DropsUnsupported = section.Flag("drop_unsupported") ?? false,
        };
        if (section.Object("concurrency_and_buffer_size") is not { } room) return provider;
        provider = provider with
        {
            Concurrency = (int)(room.Whole("concurrency", 1, 1_000_000) ?? provider.Concurrency),
            QueueMax = (int)(room.Whole("buffer_size", 0, 10_000_000) ?? provider.QueueMax),
        };
        room.End();
        return provider;
    }

    /// <summary><c>responses_models</c>: beginnings of names of models that are always called by the responses API; <c>[]</c>: none is.</summary>
    private static ImmutableArray<ModelDialect> ReadModelDialects(Section section, ImmutableArray<ModelDialect> known) =>
        section.Texts("responses_models") is { } names ? [.. names.Select(name => new ModelDialect(name, "responses", ToolEffort.Any))] : known;

    private static bool ReadOnLeave(Section section)
    {
        var rule = section.Text("on_leave");
        if (rule is not (null or "drain" or "close")) section.Error("on_leave", $"is \"{rule}\"; drain or close stands here");
        return rule == "close";
    }

    private static CircuitBreaker ReadBreaker(Section? section)
    {
        var breaker = new CircuitBreaker();
        if (section is null) return breaker;
        breaker = breaker with
        {
            FailureRatio = (double)(section.Number("failure_ratio", 0.01m, 1) ?? (decimal)breaker.FailureRatio),
            MinimumThroughput = (int)(section.Whole("minimum_throughput", 1, 1_000_000) ?? breaker.MinimumThroughput),
            SamplingMs = section.Milliseconds("sampling", 500, 3_600_000) ?? breaker.SamplingMs,
            BreakMs = section.Milliseconds("break", 500, 3_600_000) ?? breaker.BreakMs,
        };
        section.End();
        return breaker;
    }

    private static string Near(string name) =>
        NearestName.To(name, KnownProviders.Names) is { } near ? $"; or did you mean {near}?" : "";
}
