using System.Globalization;
using Bifrost.Chat.Usage;

namespace Bifrost.Simulation.Attackers;

/// <summary>Writes what an upstream tells of a usage.</summary>
internal static class UsageJson
{
    /// <summary>The usage object; null: it tells none.</summary>
    /// <param name="lie">What it makes of the truth.</param>
    /// <param name="usage">The truth.</param>
    /// <param name="last">Whether this is the last that it tells.</param>
    public static string? Of(UsageLie lie, TokenUsage usage, bool last) => lie switch
    {
        UsageLie.LateZeros when last => Plain(default),
        UsageLie.OtherNames when usage.CachedWriteTokens == 0 => Text(
            $$"""{"input_tokens":{{usage.PromptTokens}},"output_tokens":{{usage.CompletionTokens}}{{Parts(usage)}}}"""),
        UsageLie.Texts => Counts(usage, "\""),
        UsageLie.TotalOnly => Text($$"""{"total_tokens":{{usage.TotalTokens}}}"""),
        UsageLie.PromptOnly => Text($$"""{"prompt_tokens":{{usage.PromptTokens}}{{Parts(usage)}}}"""),
        UsageLie.OutputOnly => Text($$"""{"completion_tokens":{{usage.CompletionTokens}}{{Parts(usage)}}}"""),
        UsageLie.Nothing => null,
        UsageLie.Zeros => Plain(default),
        UsageLie.Negative => """{"prompt_tokens":-1000,"completion_tokens":-1000,"total_tokens":-2000}""",
        UsageLie.Huge => """{"prompt_tokens":1e300,"completion_tokens":999999999,"total_tokens":1e300}""",
        UsageLie.Half => Plain(Half(usage)),
        _ => Plain(usage),
    };

    /// <summary>Half of it, of nothing less than one.</summary>
    public static TokenUsage Half(TokenUsage usage) => usage with
    {
        PromptTokens = (usage.PromptTokens + 1) / 2,
        CachedWriteTokens = usage.CachedWriteTokens / 2,
        CompletionTokens = (usage.CompletionTokens + 1) / 2,
        ReasoningTokens = usage.ReasoningTokens / 2,
    };

    private static string Plain(TokenUsage usage) => Counts(usage, "");

    private static string Counts(TokenUsage usage, string quote)
    {
        var (prompt, output, total) = (quote + usage.PromptTokens + quote, quote + usage.CompletionTokens + quote, quote + usage.TotalTokens + quote);
        return $$"""{"prompt_tokens":{{prompt}},"completion_tokens":{{output}},"total_tokens":{{total}}{{Parts(usage)}}}""";
    }

    private static string Parts(TokenUsage usage)
    {
        var parts = "";
        if (usage.CachedWriteTokens > 0) parts += Text($$""","prompt_tokens_details":{"cached_write_tokens":{{usage.CachedWriteTokens}}}""");
        if (usage.ReasoningTokens + usage.SearchQueries > 0)
        {
            parts += Text(
                $$""","completion_tokens_details":{"reasoning_tokens":{{usage.ReasoningTokens}},"num_search_queries":{{usage.SearchQueries}}}""");
        }

        return parts;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
