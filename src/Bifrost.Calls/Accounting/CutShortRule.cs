using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Accounting;

/// <summary>
/// What an answer is booked at that was cut short and whose usage was not stated to its end. What was seen of it is not all that was
/// written: thinking comes before the first visible byte, and goes on until the provider notices that the connection is closed.
/// </summary>
internal static class CutShortRule
{
    /// <summary>How much later than we a provider may notice that a connection is closed.</summary>
    public const int NoticeMs = 2_000;

    /// <summary>Bytes of one output token at least, where the model's data does not say.</summary>
    private const int TokensPerByte = 1;

    /// <summary>A provider that goes on, or of which it is not known: all that the try was admitted for.</summary>
    public static TokenUsage Held(in UsageTold told, TokenUsage bound)
    {
        var usage = told.Tokens().GetValueOrDefault();
        return new TokenUsage
        {
            PromptTokens = Math.Max(usage.PromptTokens, bound.PromptTokens),
            CompletionTokens = Math.Max(usage.CompletionTokens, bound.CompletionTokens),
            CachedWriteTokens = bound.CachedWriteTokens,
            SearchQueries = Math.Max(usage.SearchQueries, bound.SearchQueries),
        };
    }

    /// <summary>A provider that stops when the connection closes.</summary>
    /// <param name="told">What was stated so far.</param>
    /// <param name="contentBytes">Bytes of content delivered.</param>
    /// <param name="sentMs">Milliseconds from sending to the end.</param>
    /// <param name="tokensPerSecond">The most that all choices together can write in a second.</param>
    /// <param name="tokensPerByte">The most tokens that a byte of content can be; null: unknown.</param>
    /// <param name="mayThink">Whether tokens may be written that are not delivered.</param>
    /// <param name="bound">What the try was admitted for.</param>
    /// <param name="rejected">The most tokens of a prediction, which are billed where they are rejected, and then never delivered.</param>
    public static TokenUsage Stopped(
        in UsageTold told, long contentBytes, long sentMs, long tokensPerSecond, int? tokensPerByte, bool mayThink, TokenUsage bound,
        long rejected = 0)
    {
        var usage = told.Tokens().GetValueOrDefault();
        var delivered = Math.Min(contentBytes * (tokensPerByte ?? TokensPerByte), Written(sentMs, tokensPerSecond));
        var output = mayThink
            ? Math.Max(delivered, Written(sentMs + NoticeMs, tokensPerSecond))
            : delivered + Written(NoticeMs, tokensPerSecond);
        output += rejected;
        if (bound.CompletionTokens > 0) output = Math.Min(output, bound.CompletionTokens);
        return usage with
        {
            PromptTokens = usage.PromptTokens > 0 ? usage.PromptTokens : bound.PromptTokens,
            CompletionTokens = Math.Max(usage.CompletionTokens, output),
        };
    }

    /// <summary>The most that a whole answer can have used whose provider states no usage.</summary>
    /// <param name="contentBytes">Bytes of content delivered.</param>
    /// <param name="sentMs">Milliseconds from sending to the end.</param>
    /// <param name="tokensPerSecond">The most that all choices together can write in a second.</param>
    /// <param name="tokensPerByte">The most tokens that a byte of content can be; null: unknown.</param>
    /// <param name="mayThink">Whether tokens may be written that are not delivered.</param>
    /// <param name="bound">What the try was admitted for.</param>
    /// <param name="rejected">As of <see cref="Stopped"/>.</param>
    public static TokenUsage Unstated(
        long contentBytes, long sentMs, long tokensPerSecond, int? tokensPerByte, bool mayThink, TokenUsage bound, long rejected = 0)
    {
        var delivered = contentBytes * (tokensPerByte ?? TokensPerByte);
        var output = mayThink ? Math.Max(delivered, Written(sentMs + NoticeMs, tokensPerSecond)) : delivered;
        return new TokenUsage { PromptTokens = bound.PromptTokens, CompletionTokens = Math.Min(output + rejected, bound.CompletionTokens) };
    }

    /// <summary>Whether a model may write tokens that it does not show. A price without any of the model's facts knows nothing of that.</summary>
    public static bool MayThink(ModelPrice? model) =>
        model is null or { Thinks: true } or { PromptTokensMax: null, OutputTokensMax: null, TokensPerSecondMax: null };

    /// <summary>What can be written in a time, rounded up.</summary>
    public static long Written(long ms, long tokensPerSecond) => (long)(((Int128)Math.Max(0, ms) * tokensPerSecond + 999) / 1_000);
}
