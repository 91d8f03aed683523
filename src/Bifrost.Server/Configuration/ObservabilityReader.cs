using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>observability</c>: what the process tells of itself, and whom.</summary>
internal static class ObservabilityReader
{
    public static ObservabilitySettings Read(Section? section)
    {
        var settings = new ObservabilitySettings();
        if (section is null) return settings;
        settings = settings with
        {
            Otlp = ReadOtlp(section.Object("otlp")),
            Metrics = ReadMetrics(section.Object("metrics")),
            Traces = ReadTraces(section.Object("traces")),
            Logs = ReadLogs(section.Object("logs")),
        };
        section.End();
        if (settings is { Traces: not null, Otlp: null }) section.Error("traces", "is set, and nobody takes traces; set \"otlp\": {\"endpoint\": …} beside it");
        return settings;
    }

    private static OtlpSettings? ReadOtlp(Section? section)
    {
        if (section is null) return null;
        var endpoint = section.RequiredText("endpoint");
        var isUrl = Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
        if (endpoint.Length > 0 && !isUrl) section.Error("endpoint", "is no http or https URL; write, for example, \"http://127.0.0.1:4317\"");
        else if (url is { UserInfo.Length: > 0 }) section.Error("endpoint", "has a user or a password in it; a credential stands in \"headers\"");
        var protocol = section.Text("protocol") ?? "grpc";
        if (protocol is not ("grpc" or "http")) section.Error("protocol", $"is \"{protocol}\"; grpc or http stands here");
        var headers = section.Secret("headers") ?? "";
        foreach (var header in headers.Split(',', StringSplitOptions.RemoveEmptyEntries))
            if (header.IndexOf('=', StringComparison.Ordinal) < 1) section.Error("headers", "is no list of NAME=VALUE with commas between");
        var settings = new OtlpSettings
        {
            Endpoint = isUrl ? url! : new Uri("http://127.0.0.1:4317"),
            IsHttp = protocol == "http",
            Headers = headers,
            IntervalSeconds = (int)(section.Whole("interval_seconds", 1, 3_600) ?? 60),
            HasMetrics = section.Flag("metrics") ?? true,
            HasLogs = section.Flag("logs") ?? true,
        };
        section.End();
        return settings;
    }

    private static MetricSettings ReadMetrics(Section? section)
    {
        if (section is null) return new MetricSettings();
        var settings = new MetricSettings
        {
            HasBifrostNames = section.Flag("bifrost_names") ?? false,
            UnlistedModelsMax = (int)(section.Whole("unlisted_models", 0, 10_000) ?? 0),
            BudgetsMax = (int)(section.Whole("budgets", 0, 10_000) ?? 0),
            HasFrameworks = section.Flag("frameworks") ?? true,
        };
        section.End();
        return settings;
    }

    private static TraceSettings? ReadTraces(Section? section)
    {
        if (section is null) return null;
        var settings = new TraceSettings
        {
            Ratio = (double)(section.Number("ratio", 0, 1) ?? 0.01m),
            FollowsCaller = section.Flag("follow_caller") ?? true,
        };
        section.End();
        return settings;
    }

    private static LogSettings ReadLogs(Section? section)
    {
        if (section is null) return new LogSettings();
        var format = section.Text("format") ?? "text";
        if (format is not ("text" or "json")) section.Error("format", $"is \"{format}\"; text or json stands here");
        var settings = new LogSettings { IsJson = format == "json", HasAccessLines = section.Flag("access") ?? false };
        section.End();
        return settings;
    }
}

/// <summary>Settings under <c>observability</c>.</summary>
internal sealed record ObservabilitySettings
{
    /// <summary>The collector that is told; null: none is.</summary>
    public OtlpSettings? Otlp { get; init; }

    public MetricSettings Metrics { get; init; } = new();

    /// <summary>Null: no traces are made.</summary>
    public TraceSettings? Traces { get; init; }

    public LogSettings Logs { get; init; } = new();
}

/// <summary>Settings under <c>observability.otlp</c>: a collector of OpenTelemetry's protocol.</summary>
internal sealed record OtlpSettings
{
    public required Uri Endpoint { get; init; }

    /// <summary>Protobuf over HTTP in the place of gRPC; paths are added to the endpoint.</summary>
    public bool IsHttp { get; init; }

    /// <summary><c>NAME=VALUE</c> with commas between: a secret.</summary>
    public string Headers { get; init; } = "";

    public int IntervalSeconds { get; init; } = 60;
    public bool HasMetrics { get; init; } = true;
    public bool HasLogs { get; init; } = true;

    public override string ToString() => $"OtlpSettings {Endpoint}";
}

/// <summary>Settings under <c>observability.metrics</c>.</summary>
internal sealed record MetricSettings
{
    public bool HasBifrostNames { get; init; }
    public int UnlistedModelsMax { get; init; }
    public int BudgetsMax { get; init; }

    /// <summary>Whether instruments of Orleans and of the runtime are exported.</summary>
    public bool HasFrameworks { get; init; } = true;
}

/// <summary>Settings under <c>observability.traces</c>.</summary>
internal sealed record TraceSettings
{
    /// <summary>Share of the requests that begin a trace of their own.</summary>
    public double Ratio { get; init; } = 0.01;

    /// <summary>Whether a caller's <c>traceparent</c> is continued and says whether it is sampled.</summary>
    public bool FollowsCaller { get; init; } = true;
}

/// <summary>Settings under <c>observability.logs</c>.</summary>
internal sealed record LogSettings
{
    /// <summary>One JSON object a line.</summary>
    public bool IsJson { get; init; }

    /// <summary>One line for each request.</summary>
    public bool HasAccessLines { get; init; }
}
