namespace Bifrost.Catalog.Model;

/// <summary>One upstream provider as configured (contract section 10).</summary>
public sealed record Provider
{
    public required string Name { get; init; }

    /// <summary>Which dialect speaks to it; <c>openai</c> for every OpenAI-style upstream.</summary>
    public string Dialect { get; init; } = "openai";

    /// <summary>Models that are spoken to in another dialect.</summary>
    public ImmutableArray<ModelDialect> ModelDialects { get; init; } = [];

    /// <summary>The dialect of a request for one of its models.</summary>
    public string DialectFor(string model, ToolEffort asked)
    {
        foreach (var row in ModelDialects)
            if (row.Fits(model, asked)) return row.Dialect;
        return Dialect;
    }

    /// <summary>Under which name the tables of well-known providers tell of it, where that is not its own; else null.</summary>
    public string? Profile { get; init; }

    /// <summary>Absolute, without a trailing slash; requests go to paths below it.</summary>
    public required Uri BaseUrl { get; init; }

    public ImmutableArray<ProviderKey> Keys { get; init; } = [];

    /// <summary>Configured headers added to every request.</summary>
    public ImmutableArray<KeyValuePair<string, string>> ExtraHeaders { get; init; } = [];

    /// <summary>Whether usage is asked for in streams: false for upstreams that do not know <c>stream_options</c>.</summary>
    public bool AskStreamUsage { get; init; } = true;

    /// <summary>The name that tables of well-known providers are looked up by.</summary>
    public string ProfileName => Profile ?? Name;

    /// <summary>True for an upstream that takes no credential.</summary>
    public bool Keyless { get; init; }

    /// <summary>Whether raw_request and raw_response may be sent back to callers that ask for them.</summary>
    public bool RawAllowed { get; init; }

    public int RetriesMax { get; init; }
    public int RetryBackoffInitialMs { get; init; } = 500;
    public int RetryBackoffMaxMs { get; init; } = 5_000;
    public int ConnectTimeoutMs { get; init; } = 10_000;
    public int FirstByteTimeoutMs { get; init; } = 60_000;
    public int StreamIdleTimeoutMs { get; init; } = 60_000;

    /// <summary>Until the first token of a stream, whatever signs of life come before it; 0: no limit.</summary>
    public int FirstTokenTimeoutMs { get; init; }

    /// <summary>
    /// True for an upstream whose streams end without an end mark: the end of the body ends an answer whose choices all have a finish reason.
    /// </summary>
    public bool EndsWithoutMark { get; init; }

    /// <summary>Path of chat completions below the address, or a whole address, in place of the usual one; null: the usual one.</summary>
    public string? ChatPath { get; init; }

    /// <summary>The same for streams; null: that of plain calls.</summary>
    public string? StreamPath { get; init; }

    /// <summary>False for a provider of a dialect that is not spoken here: calls to it are refused before they are admitted.</summary>
    public bool IsSupported { get; init; } = true;

    /// <summary>
    /// Whether parameters that the provider has no equivalent of are left out, and named in the answer's <c>extra_fields</c>; else such a call fails
    /// here and goes on to its next target.
    /// </summary>
    public bool DropsUnsupported { get; init; }

    /// <summary>Calls at once on one silo.</summary>
    public int Concurrency { get; init; } = 1_000;

    /// <summary>Calls that may wait on one silo.</summary>
    public int QueueMax { get; init; } = 5_000;

    public CircuitBreaker CircuitBreaker { get; init; } = new();

    public BillingProfile Billing { get; init; } = BillingProfile.Unknown;

    /// <summary>The service tier of calls that name none, or <c>auto</c>; sent where the provider knows the field.</summary>
    public string ServiceTier { get; init; } = "default";

    /// <summary>Whether an upstream whose client left is closed at once, at the operator's risk, where its provider claims to stop then.</summary>
    public bool ClosesOnLeave { get; init; }

    /// <summary>True while an operator lets no new try go to it; of the store, not of the configuration.</summary>
    public bool Drained { get; init; }
}

/// <summary>When a circuit opens and when it probes.</summary>
public sealed record CircuitBreaker
{
    /// <summary>Share of failures in the sampling window that opens the circuit, 0 to 1.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>Calls in the sampling window below which the circuit stays closed.</summary>
    public int MinimumThroughput { get; init; } = 20;

    public int SamplingMs { get; init; } = 10_000;
    public int BreakMs { get; init; } = 5_000;
}

/// <summary>A credential of a provider. <see cref="Value"/> is a secret: never logged, never in an answer.</summary>
public sealed record ProviderKey
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Value { get; init; }
    public NameList Models { get; init; } = NameList.All;
    public NameList BlacklistedModels { get; init; } = NameList.None;
    public double Weight { get; init; } = 1;
    public bool Enabled { get; init; } = true;

    /// <summary>Where it opens models of Google's cloud; its value is then a credential that access tokens are got by. Null: it is no such key.</summary>
    public VertexPlace? Vertex { get; init; }

    /// <summary>The resource that it opens, where each key of a provider has its own; null: the provider's address.</summary>
    public AzureResource? Azure { get; init; }

    public override string ToString() => $"ProviderKey {Id}";
}
