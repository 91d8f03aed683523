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
        if (unpriced is not (null or "refuse_under_budget" or "refuse" or "allow"))
            section.Error("unpriced", $"is \"{unpriced}\"; refuse_under_budget, refuse or allow stands here");
        var clamp = section.Text("clamp");
        if (clamp is not (null or "learned" or "unnamed" or "any" or "never"))
            section.Error("clamp", $"is \"{clamp}\"; learned, unnamed, any or never stands here");
        settings = settings with
        {
            NoticeSeconds = (int)(section.Whole("notice_seconds", 0, 600) ?? settings.NoticeSeconds),
            DrainSeconds = (int)(section.Whole("drain_seconds", 0, 3_600) ?? settings.DrainSeconds),
            BufferedBodiesMb = (int)(section.Whole("buffered_bodies_mb", 1, 65_536) ?? settings.BufferedBodiesMb),
            BufferedAnswersMb = (int)(section.Whole("buffered_answers_mb", 1, 65_536) ?? settings.BufferedAnswersMb),
            JsonDepth = (int)(section.Whole("json_depth", 8, 1_000) ?? settings.JsonDepth),
            RequestSeconds = (int)(section.Whole("request_seconds", 1, 3_600) ?? settings.RequestSeconds),
            MetricSeries = (int)(section.Whole("metric_series", 10, 100_000) ?? settings.MetricSeries),
            OutputTokensDefault = (int)(section.Whole("output_tokens_default", 1, 10_000_000) ?? settings.OutputTokensDefault),
            Clamp = clamp switch
            {
                "unnamed" => ClampRule.Unnamed,
                "any" => ClampRule.Any,
                "never" => ClampRule.Never,
                _ => ClampRule.Learned,
            },
            Unpriced = unpriced switch
            {
                "refuse" => UnpricedRule.Refuse,
                "allow" => UnpricedRule.Allow,
                _ => UnpricedRule.RefuseUnderBudget,
            },
        };
        // Whether a limit is sent is no choice any more: what is held is what was sent.
        section.Unused("clamp_output");
        section.End();
        return settings;
    }

    /// <summary>What of the limits every silo must know alike.</summary>
    public static GovernanceSettings SettingsOf(LimitSettings limits) => new()
    {
        OutputTokensDefault = limits.OutputTokensDefault,
        Clamp = limits.Clamp,
        Unpriced = limits.Unpriced,
    };
}
