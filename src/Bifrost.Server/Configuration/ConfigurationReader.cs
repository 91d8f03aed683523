using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Sheet;
using Bifrost.Server.Configuration.Governing;

namespace Bifrost.Server.Configuration;

/// <summary>Reads the configuration file strictly (contract section 10): unknown names and contradictions are errors.</summary>
internal static class ConfigurationReader
{
    private static readonly JsonDocumentOptions s_json = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The configuration, or the list of everything that is wrong with it.</summary>
    public static (ServerConfiguration? Configuration, IReadOnlyList<string> Errors) Read(
        ReadOnlyMemory<byte> json, Func<string, string?> environment)
    {
        var (read, warnings, errors) = Read(json, environment, ReadRoot);
        return (read is null ? null : read with { Warnings = warnings }, errors);
    }

    /// <summary>The store that a configuration names, whatever else stands in it; or what is wrong with that.</summary>
    public static (StoreSettings? Store, IReadOnlyList<string> Errors) ReadStore(ReadOnlyMemory<byte> json, Func<string, string?> environment)
    {
        var (read, _, errors) = Read(json, environment, static (element, context) => StoreReader.Read(new Section("", element, context).Object("store")));
        return (read, errors);
    }

    /// <summary>
    /// What a client of the cluster needs, or what is wrong with it; the rest of the file is not looked at, so its secrets need not be there.
    /// </summary>
    public static (ClusterTarget? Target, IReadOnlyList<string> Errors) ReadTarget(ReadOnlyMemory<byte> json, Func<string, string?> environment)
    {
        var (read, _, errors) = Read(json, environment, static (element, context) =>
        {
            var root = new Section("", element, context);
            var (store, cluster) = (StoreReader.Read(root.Object("store")), ClusterReader.Read(root.Object("cluster")));
            if (cluster is null) root.Error("cluster", "is not set, so this configuration makes no cluster; ask its server at /api/cluster");
            else if (store.Kind != StoreKind.Postgres) root.Error("store", "is no PostgreSQL, where a cluster keeps who its members are");
            return new ClusterTarget(store, cluster!);
        });
        return (read, errors);
    }

    private static (T? Read, IReadOnlyList<string> Warnings, IReadOnlyList<string> Errors) Read<T>(
        ReadOnlyMemory<byte> json, Func<string, string?> environment, Func<JsonElement, ReadContext, T> read)
        where T : class
    {
        var findings = new Findings();
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, s_json);
        }
        catch (JsonException broken)
        {
            // The parser's own words show a piece of the text, which may be a secret.
            return (null, [], [$"line {broken.LineNumber + 1}: this is not JSON, at byte {broken.BytePositionInLine} of the line"]);
        }

        using (document)
        {
            var made = read(document.RootElement, new ReadContext(findings, environment));
            return findings.Errors.Count > 0
                ? (null, [], [.. findings.Errors.Select(finding => finding.ToString())])
                : (made, findings.Warnings, []);
        }
    }

    private static ServerConfiguration ReadRoot(JsonElement element, ReadContext context)
    {
        var root = new Section("", element, context);
        if (root.Whole("version", 1, 2) == 1) root = new Section("", element, context with { EmptyMeansAll = true });
        root.Silent("$schema", "version");

        var client = ClientReader.Read(root.Object("client"));
        var providers = ProviderReader.Read(root.Object("providers"), client.AllowPerRequestRawOverride);
        var prices = PriceSheet.Read(root.Object("pricing"), providers);
        var sheet = PriceFileReader.Read(root.Object("price_sheet"), providers);
        var governance = GovernanceReader.Read(root.Object("governance"), providers);
        var store = StoreReader.Read(root.Object("store"));
        var cluster = ClusterReader.Read(root.Object("cluster"));
        if (cluster is not null && store.Kind != StoreKind.Postgres)
        {
            root.Error("cluster", "is set, but store.type is sqlite, which belongs to one process; "
                + "set store to {\"type\": \"postgres\", \"connection_string\": …}");
        }

        if (providers.Count == 0)
        {
            root.Error("providers", "names no provider, so nothing could be answered; "
                + "add one, for example {\"openai\": {\"keys\": [{\"value\": \"env.OPENAI_API_KEY\"}]}}");
        }

        var orleans = OrleansReader.Read(root.Object("orleans"));
        var observability = ObservabilityReader.Read(root.Object("observability"));
        var limits = LimitReader.Read(root.Object("limits"));
        var jobs = JobReader.Read(root.Object("jobs"), client);
        var webhooks = WebhookReader.Read(root.Objects("webhooks"));
        var webhookSecrets = WebhookReader.ReadSecrets(root, context.Environment);

        root.Unused("config_store", "logs_store", "vector_store", "plugins", "mcp", "framework", "server", "env_label",
            "auth_config", "source_of_truth", "cluster_config", "alerting", "access_profiles", "guardrails_config", "scim_config", "audit_logs",
            "large_payload_optimization", "load_balancer_config", "saml_config", "websocket", "telemetry", "proxy_config", "prompts", "skills");
        root.End();

        return new ServerConfiguration
        {
            Client = client,
            Limits = limits,
            Jobs = jobs,
            Webhooks = webhooks,
            WebhookSecrets = webhookSecrets,
            Store = store,
            Cluster = cluster,
            Orleans = orleans,
            Observability = observability,
            Catalog = CatalogBuilder.Build(providers, governance, prices) with { Settings = LimitReader.SettingsOf(limits) },
            SheetPrices = sheet,
            OpenSimulator = providers.ContainsKey(SimulatorProvider.Name) && SimulatorProvider.IsBuiltIn(providers[SimulatorProvider.Name]),
        };
    }
}
