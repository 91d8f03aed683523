using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>limits</c>.</summary>
internal static class LimitReader
{
    public static LimitSettings Read(Section? section)
    {
        var settings = new LimitSettings();
        if (section is null) return settings;
        var unpriced = section.Text("unpriced");
        if (unpriced is not (null or "allow" or "refuse")) section.Error("unpriced", $"is \"{unpriced}\"; allow or refuse stands here");
        settings = settings with
        {
            DrainSeconds = (int)(section.Whole("drain_seconds", 0, 3_600) ?? settings.DrainSeconds),
            BufferedBodiesMb = (int)(section.Whole("buffered_bodies_mb", 1, 65_536) ?? settings.BufferedBodiesMb),
            JsonDepth = (int)(section.Whole("json_depth", 8, 1_000) ?? settings.JsonDepth),
            RequestSeconds = (int)(section.Whole("request_seconds", 1, 3_600) ?? settings.RequestSeconds),
            MetricSeries = (int)(section.Whole("metric_series", 10, 100_000) ?? settings.MetricSeries),
            OutputTokensDefault = (int)(section.Whole("output_tokens_default", 1, 10_000_000) ?? settings.OutputTokensDefault),
            ClampOutput = section.Flag("clamp_output") ?? settings.ClampOutput,
            AllowUnpriced = unpriced != "refuse",
        };
        section.End();
        return settings;
    }

    /// <summary>What of the limits every silo must know alike.</summary>
    public static GovernanceSettings SettingsOf(LimitSettings limits) => new()
    {
        OutputTokensDefault = limits.OutputTokensDefault,
        ClampOutput = limits.ClampOutput,
        AllowUnpriced = limits.AllowUnpriced,
    };
}
