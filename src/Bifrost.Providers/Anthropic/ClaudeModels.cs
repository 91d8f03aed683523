using System.Globalization;

namespace Bifrost.Providers.Anthropic;

/// <summary>The models by family and version. A newer version than the table has is taken as the newest row of its family below it.</summary>
internal static class ClaudeModels
{
    private const string Prefix = "claude-";

    /// <summary>A version number of two digits at most; a longer one is a date.</summary>
    private const int VersionDigitsMax = 2;

    private static readonly ClaudeModel s_budget = new() { OutputTokensMax = 64_000, Thinking = ThinkingControl.Budget, Prefills = true };
    private static readonly ClaudeModel s_old = s_budget with
    {
        OutputTokensMax = 4_096, Thinking = ThinkingControl.None, SamplesByOne = false, BindsToSchema = false,
    };

    private static readonly ClaudeModel s_adaptive = new() { OutputTokensMax = 128_000, Thinking = ThinkingControl.Effort };
    private static readonly ClaudeModel s_fixed = s_adaptive with { Samples = false };

    /// <summary>A name that says neither family nor version: nothing is refused here that the provider may take.</summary>
    private static readonly ClaudeModel s_unknown = s_adaptive with { OutputTokensMax = 64_000, SamplesByOne = false, Prefills = true };

    /// <summary>Each from this version on.</summary>
    private static readonly (string Family, int Major, int Minor, ClaudeModel Model)[] s_rows =
    [
        ("opus", 3, 0, s_old),
        ("opus", 4, 0, s_budget with { OutputTokensMax = 32_000, SamplesByOne = false, BindsToSchema = false }),
        ("opus", 4, 1, s_budget with { OutputTokensMax = 32_000 }),
        ("opus", 4, 5, s_budget),
        ("opus", 4, 6, s_adaptive with { EffortAboveHigh = "max" }),
        ("opus", 4, 7, s_fixed),
        ("opus", 4, 8, s_fixed with { Forced = ForcedTools.Always }),
        ("opus", 5, 0, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Disabled, Forced = ForcedTools.Always }),
        ("opus", 5, 5, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Never, Forced = ForcedTools.Never, OwnThinkingOnly = true }),
        ("sonnet", 3, 0, s_old),
        ("sonnet", 3, 5, s_old with { OutputTokensMax = 8_192 }),
        ("sonnet", 3, 7, s_budget with { SamplesByOne = false, BindsToSchema = false }),
        ("sonnet", 4, 0, s_budget with { SamplesByOne = false, BindsToSchema = false }),
        ("sonnet", 4, 5, s_budget),
        ("sonnet", 4, 6, s_adaptive with { EffortAboveHigh = "max" }),
        ("sonnet", 5, 0, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Disabled, Forced = ForcedTools.Always }),
        ("sonnet", 5, 5, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.BetweenTools, Forced = ForcedTools.Never, OwnThinkingOnly = true }),
        ("haiku", 3, 0, s_old),
        ("haiku", 3, 5, s_old with { OutputTokensMax = 8_192 }),
        ("haiku", 4, 5, s_budget),
        ("haiku", 5, 5, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Disabled, Forced = ForcedTools.Always, OwnThinkingOnly = true }),
        ("fable", 5, 0, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Never, Forced = ForcedTools.Always }),
        ("fable", 5, 1, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Never, Forced = ForcedTools.Never, OwnThinkingOnly = true }),
        ("mythos", 5, 0, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Never, Forced = ForcedTools.Always }),
        ("mythos", 5, 1, s_fixed with { ThinksByDefault = true, Off = ThinkingOff.Never, Forced = ForcedTools.Never, OwnThinkingOnly = true }),
    ];

    /// <summary>The row of <c>claude-opus-4-5-20251101</c> or <c>claude-3-5-sonnet-latest</c>; never null.</summary>
    public static ClaudeModel Find(string model)
    {
        var at = model.LastIndexOf(Prefix, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return s_unknown;
        string? family = null;
        int? major = null, minor = null;
        foreach (var range in model.AsSpan(at + Prefix.Length).Split('-'))
        {
            var part = model.AsSpan(at + Prefix.Length)[range];
            if (part.IsEmpty) continue;
            if (!char.IsAsciiDigit(part[0])) family ??= part.ToString();
            else if (part.Length > VersionDigitsMax || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) break;
            else if (major is null) major = number;
            else minor ??= number;
        }

        if (family is null || major is null) return s_unknown;
        ClaudeModel? found = null;
        foreach (var row in s_rows)
        {
            if (!string.Equals(row.Family, family, StringComparison.OrdinalIgnoreCase)) continue;
            if ((row.Major, row.Minor).CompareTo((major.Value, minor ?? 0)) <= 0) found = row.Model;
        }

        return found ?? s_unknown;
    }
}
