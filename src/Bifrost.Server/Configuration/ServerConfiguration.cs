using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Bifrost.Catalog.Model;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Webhooks;
using Bifrost.Ledger.Money;

namespace Bifrost.Server.Configuration;

/// <summary>Everything that a start is told, read and checked (contract section 10).</summary>
internal sealed record ServerConfiguration
{
    public ClientSettings Client { get; init; } = new();
    public LimitSettings Limits { get; init; } = new();
    public StoreSettings Store { get; init; } = new();

    /// <summary>Limits and times of jobs: <c>jobs</c>, and <c>client.async_job_result_ttl</c>.</summary>
    public JobOptions Jobs { get; init; } = new();

    /// <summary>Endpoints that are told how jobs ended.</summary>
    public ImmutableArray<WebhookEndpoint> Webhooks { get; init; } = [];

    /// <summary>Where the secrets of endpoints are that admins make.</summary>
    public WebhookSecrets WebhookSecrets { get; init; } = WebhookSecrets.None;

    public ClusterSettings? Cluster { get; init; }
    public OrleansSettings Orleans { get; init; } = new();
    public ObservabilitySettings Observability { get; init; } = new();

    /// <summary>Providers, keys, owners, limits and prices of the file, as version 1 of the catalog.</summary>
    public CatalogSnapshot Catalog { get; init; } = CatalogSnapshot.Empty;

    /// <summary>Prices that hold where neither the file nor an admin names one, by <c>provider/model</c>; null: those of this build.</summary>
    public FrozenDictionary<string, ModelPrice>? SheetPrices { get; init; }

    /// <summary>True when the built-in simulator is to be opened on a loopback port for the provider <c>sim</c>.</summary>
    public bool OpenSimulator { get; init; }

    /// <summary>What was accepted and has no effect.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Settings under <c>client</c>.</summary>
internal sealed record ClientSettings
{
    public bool EnforceAuthOnInference { get; init; } = true;
    public bool AllowDirectKeys { get; init; }

    /// <summary>Whether a process that asks nobody for a key may be reached from other machines.</summary>
    public bool Insecure { get; init; }

    /// <summary>Host names beside loopback ones that requests may come by; <c>*</c>: any.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];
    public int MaxRequestBodySizeMb { get; init; } = 100;
    public int AsyncJobResultTtlSeconds { get; init; } = 3_600;

    /// <summary>Networks of proxies whose <c>X-Forwarded-For</c> is believed; none unless they are named.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Whether a caller may ask for raw_request and raw_response of any provider; else the provider's own setting says it.</summary>
    public bool AllowPerRequestRawOverride { get; init; }

    /// <summary>Whether a caller's <c>traceparent</c> goes on to the provider.</summary>
    public bool ForwardTraceContext { get; init; }

    /// <summary>Whether words of <c>reasoning_effort</c> that are not known are refused.</summary>
    public bool StrictEnums { get; init; }

    /// <summary>Whether errors have Bifrost's names from before 2.1.</summary>
    public bool HasOldErrorNames { get; init; }

    /// <summary>Origins of web pages that may call inference routes.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Headers that every inference request must carry, in lower case.</summary>
    public IReadOnlyList<string> RequiredHeaders { get; init; } = [];

    /// <summary>Names that <c>x-bf-eh-*</c> may carry; empty means all that are not denied.</summary>
    public IReadOnlyList<string> HeaderAllowList { get; init; } = [];

    public IReadOnlyList<string> HeaderDenyList { get; init; } = [];
}

/// <summary>Settings under <c>limits</c>.</summary>
internal sealed record LimitSettings
{
    /// <summary>How long a stop goes on taking calls after it has said that it is not ready, so that whoever spreads calls hears of it.</summary>
    public int NoticeSeconds { get; init; }

    /// <summary>How long a stop waits for running calls.</summary>
    public int DrainSeconds { get; init; } = 30;

    /// <summary>All request bodies that are in memory at once.</summary>
    public int BufferedBodiesMb { get; init; } = 1_024;

    /// <summary>All large answers that are in memory at once.</summary>
    public int BufferedAnswersMb { get; init; } = 256;

    /// <summary>Nesting of a request body.</summary>
    public int JsonDepth { get; init; } = 64;

    /// <summary>Time of a whole request, its retries and fallbacks included.</summary>
    public int RequestSeconds { get; init; } = 600;

    /// <summary>Series of one metric on <c>/metrics</c>; samples of further ones share one series.</summary>
    public int MetricSeries { get; init; } = 2_000;

    /// <summary>The output limit that is sent where neither the request nor the model's data names one.</summary>
    public int OutputTokensDefault { get; init; } = 16_384;

    /// <summary>When the output limit of a call may be lowered near the end of a budget.</summary>
    public ClampRule Clamp { get; init; }

    /// <summary>What happens to calls of a model without a price.</summary>
    public UnpricedRule Unpriced { get; init; }
}

/// <summary>Settings under <c>store</c>.</summary>
internal sealed record StoreSettings
{
    public StoreKind Kind { get; init; } = StoreKind.Sqlite;

    /// <summary>The SQLite database file.</summary>
    public string Path { get; init; } = "data/bifrost.db";

    /// <summary>The PostgreSQL connection string: a secret.</summary>
    public string ConnectionString { get; init; } = "";

    public override string ToString() => $"StoreSettings {Kind}";
}

/// <summary>Databases that keep the ledger.</summary>
internal enum StoreKind
{
    Sqlite,
    Postgres,
}

/// <summary>Settings under <c>cluster</c>.</summary>
internal sealed record ClusterSettings
{
    public string ClusterId { get; init; } = "bifrost";
    public string ServiceId { get; init; } = "bifrost";

    /// <summary>0: a free one.</summary>
    public int SiloPort { get; init; } = 11_111;

    /// <summary>0: none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>The address it listens on, and that other silos reach this one at.</summary>
    public string AdvertisedAddress { get; init; } = "127.0.0.1";

    /// <summary>Whether silos may talk over a network without TLS.</summary>
    public bool Insecure { get; init; }

    public ClusterTlsSettings? Tls { get; init; }

    public int ProbeSeconds { get; init; } = 2;
}

/// <summary>PEM files under <c>cluster.tls</c>.</summary>
internal sealed record ClusterTlsSettings(string Certificate, string Key, string Authority);
