using System.Text.Json;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Json;

namespace Bifrost.Admin.Operations;

/// <summary>How silos and their providers look in answers. Rates have one digit, times in milliseconds two.</summary>
public static class SiloJson
{
    /// <summary>What the membership table says of a silo, then what it says of itself; null where it has not reported.</summary>
    public static void Write(Utf8JsonWriter json, SiloRow row)
    {
        json.WriteStartObject();
        json.WriteString("silo"u8, row.Address);
        json.TextOrNull("name", row.Entry?.SiloName);
        json.TextOrNull("host", row.Entry?.HostName);
        json.TextOrNull("status", row.Entry is { } entry ? JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Status.ToString()) : null);
        json.TimeOrNull("started_at", row.Entry is { } started ? Utc(started.StartTime) : null);
        json.TimeOrNull("alive_at", row.Entry is { } alive ? Utc(alive.IAmAliveTime) : null);
        json.WriteBoolean("is_this"u8, row.IsThis);
        json.WholeOrNull("activation_count", row.Activations?.Sum(static each => each.Count));
        if (row.Activations is { } activations) json.Objects("activations", activations, WriteActivations);
        else json.WriteNull("activations"u8);
        json.WritePropertyName("report"u8);
        if (row.Seen is { } seen) WriteReport(json, seen);
        else json.WriteNullValue();
        json.WriteEndObject();
    }

    public static void WriteActivations(Utf8JsonWriter json, GrainCount count)
    {
        json.WriteStartObject();
        json.WriteString("grain"u8, count.Grain);
        json.WriteNumber("count"u8, count.Count);
        json.WriteEndObject();
    }

    /// <summary>One provider as one silo sees it.</summary>
    public static void WriteProvider(Utf8JsonWriter json, SiloSeen seen, ProviderStatus status)
    {
        json.WriteStartObject();
        json.WriteString("silo"u8, seen.Report.Silo);
        json.WriteNumber("age_ms"u8, seen.AgeMs);
        json.WriteNumber("calls_running"u8, status.CallsRunning);
        json.WriteNumber("calls_waiting"u8, status.CallsWaiting);
        WriteFigures(json, status.Figures);
        json.Objects("models", status.Models ?? [], static (each, model) =>
        {
            each.WriteStartObject();
            each.TextOrNull("model", model.Model.Length == 0 ? null : model.Model);
            WriteFigures(each, model.Figures);
            each.WriteEndObject();
        });
        WriteCircuit(json, status.Keys.FirstOrDefault(static circuit => circuit.KeyId.Length == 0));
        json.Objects("keys", status.Keys.Where(static circuit => circuit.KeyId.Length > 0), static (each, circuit) =>
        {
            each.WriteStartObject();
            each.WriteString("id"u8, circuit.KeyId);
            WriteCircuit(each, circuit);
            each.WriteEndObject();
        });
        json.WriteEndObject();
    }

    public static string Word(CircuitState? circuit) => circuit switch { CircuitState.Open => "open", CircuitState.HalfOpen => "half_open", _ => "closed" };

    private static void WriteReport(Utf8JsonWriter json, SiloSeen seen)
    {
        var report = seen.Report;
        json.WriteStartObject();
        json.WriteNumber("age_ms"u8, seen.AgeMs);
        json.WriteString("version"u8, report.Version);
        if (report.Holder == default) json.WriteNull("holder"u8);
        else json.WriteString("holder"u8, report.Holder);
        json.WriteNumber("catalog_version"u8, report.CatalogVersion);
        json.WriteBoolean("admits"u8, report.Admits);
        json.WriteBoolean("store_reached"u8, report.StoreReached);
        Rounded(json, "requests_per_second", report.RequestsPerSecond, 1);
        json.WriteNumber("calls_in_flight"u8, report.CallsInFlight);
        json.WriteNumber("jobs_running"u8, report.JobsRunning);
        json.WriteNumber("calls_waiting_for_credit"u8, report.CreditWaiters);
        json.WriteNumber("leases"u8, report.Leases);
        json.WriteNumber("entries_unposted"u8, report.UnpostedEntries);
        Rounded(json, "store_latency_ms", report.StoreLatencyMs, 2);
        Rounded(json, "batch_lag_ms", report.BatchLagMs, 2);
        Rounded(json, "clock_skew_ms", report.ClockSkewMs, 2);
        Rounded(json, "cpu_percent", report.CpuPercent, 1);
        json.WriteNumber("memory_bytes"u8, report.MemoryBytes);
        json.WriteEndObject();
    }

    private static void WriteFigures(Utf8JsonWriter json, ProviderFigures? figures)
    {
        json.WholeOrNull("window_ms", figures?.WindowMs);
        json.WholeOrNull("calls", figures?.Calls);
        Rounded(json, "calls_per_second", figures is { WindowMs: > 0 } rate ? rate.Calls * 1_000.0 / rate.WindowMs : null, 1);
        json.WholeOrNull("failures", figures?.Failures);
        json.WholeOrNull("latency_p50_ms", figures?.LatencyP50Ms);
        json.WholeOrNull("latency_p95_ms", figures?.LatencyP95Ms);
        json.WholeOrNull("latency_p99_ms", figures?.LatencyP99Ms);
        json.Objects("errors", figures?.Errors ?? [], static (each, error) =>
        {
            each.WriteStartObject();
            each.WriteString("kind"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(error.Kind.ToString()));
            each.WriteNumber("count"u8, error.Count);
            each.WriteEndObject();
        });
    }

    private static void WriteCircuit(Utf8JsonWriter json, KeyCircuit? circuit)
    {
        json.WriteString("circuit"u8, Word(circuit?.State));
        json.TextOrNull("circuit_cause", circuit?.Cause is { } cause ? JsonNamingPolicy.SnakeCaseLower.ConvertName(cause.ToString()) : null);
        json.WholeOrNull("probe_in_ms", circuit is { State: CircuitState.Open } ? circuit.ProbeInMs : null);
        json.WholeOrNull("rate_limited_ago_ms", circuit?.RateLimitedAgoMs);
        json.WholeOrNull("retry_after_ms", circuit?.RetryAfterMs);
    }

    private static void Rounded(Utf8JsonWriter json, string name, double? value, int digits)
    {
        if (value is { } number) json.WriteNumber(name, Math.Round(number, digits));
        else json.WriteNull(name);
    }

    private static DateTimeOffset Utc(DateTime at) => new(DateTime.SpecifyKind(at, DateTimeKind.Utc));
}
