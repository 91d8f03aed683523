using Bifrost.Chat.Splice;
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
    /// <param name="told">What was stated so far.</param>
    /// <param name="text">The most tokens that the delivered text can be.</param>
    /// <param name="bound">What the try was admitted for.</param>
    public static TokenUsage Held(in UsageTold told, long text, TokenUsage bound)
    {
        var usage = told.Tokens().GetValueOrDefault();
        return new TokenUsage
        {
            PromptTokens = Math.Max(usage.PromptTokens, bound.PromptTokens),
            CompletionTokens = Math.Max(Math.Max(usage.CompletionTokens, text), bound.CompletionTokens),
            CachedWriteTokens = bound.CachedWriteTokens,
            SearchQueries = Math.Max(usage.SearchQueries, bound.SearchQueries),
        };
    }

    /// <summary>A provider that stops when the connection closes.</summary>
    /// <param name="told">What was stated so far.</param>
    /// <param name="content">Bytes of content delivered.</param>
    /// <param name="sentMs">Milliseconds from sending to the end.</param>
    /// <param name="tokensPerSecond">The most that all choices together can write in a second.</param>
    /// <param name="tokensPerByte">The most tokens that a byte of content can be; null: unknown.</param>
    /// <param name="mayThink">Whether tokens may be written that are not delivered.</param>
    /// <param name="bound">What the try was admitted for.</param>
    /// <param name="rejected">The most tokens of a prediction, which are billed where they are rejected, and then never delivered.</param>
    public static TokenUsage Stopped(
        in UsageTold told, ContentBytes content, long sentMs, long tokensPerSecond, int? tokensPerByte, bool mayThink, TokenUsage bound,
        long rejected = 0)
    {
        var usage = told.Tokens().GetValueOrDefault();
        var written = Written(sentMs, tokensPerSecond);
        var delivered = Math.Min(TokensOf(content.All, tokensPerByte), written);
        var output = mayThink
            ? Math.Max(delivered, Written(sentMs + NoticeMs, tokensPerSecond))
            : delivered + Written(NoticeMs, tokensPerSecond);
        output += rejected;
        var text = Math.Min(TokensOf(content.Text, tokensPerByte), written);
        if (bound.CompletionTokens > 0) output = Math.Min(output, Math.Max(text, bound.CompletionTokens));
        return usage with
        {
            PromptTokens = usage.PromptTokens > 0 ? usage.PromptTokens : bound.PromptTokens,
            CompletionTokens = Math.Max(usage.CompletionTokens, output),
        };
    }

    /// <summary>
    /// The most that a whole answer can have used whose provider states no usage. Its text is counted whatever the output limit was: whether that
    /// binds is for the provider to show.
    /// </summary>
    /// <param name="content">Bytes of content delivered.</param>
    /// <param name="sentMs">Milliseconds from sending to the end.</param>
    /// <param name="tokensPerSecond">The most that all choices together can write in a second.</param>
    /// <param name="tokensPerByte">The most tokens that a byte of content can be; null: unknown.</param>
    /// <param name="mayThink">Whether tokens may be written that are not delivered.</param>
    /// <param name="isEndedByLimit">Whether the provider says that the output limit ended the answer.</param>
    /// <param name="bound">What the try was admitted for.</param>
    /// <param name="rejected">As of <see cref="Stopped"/>.</param>
    public static TokenUsage Unstated(
        ContentBytes content, long sentMs, long tokensPerSecond, int? tokensPerByte, bool mayThink, bool isEndedByLimit, TokenUsage bound,
        long rejected = 0)
    {
        var output = TokensOf(content.All, tokensPerByte);

        // A limit ends no answer of nothing: then tokens were written that are not shown.
        mayThink |= isEndedByLimit && content.All == 0;
        if (mayThink) output = Math.Max(output, isEndedByLimit ? bound.CompletionTokens : Written(sentMs + NoticeMs, tokensPerSecond));
        var most = Math.Max(bound.CompletionTokens, TokensOf(content.Text, tokensPerByte));
        return new TokenUsage { PromptTokens = bound.PromptTokens, CompletionTokens = Math.Min(output + rejected, most) };
    }

    /// <summary>The most tokens that so many bytes can be.</summary>
    public static long TokensOf(long bytes, int? tokensPerByte) => bytes * (tokensPerByte ?? TokensPerByte);

    /// <summary>
    /// Whether a model may write tokens that it does not show. A price without any of the model's facts knows nothing of that, and a caller who asks
    /// for thinking may get it.
    /// </summary>
    public static bool MayThink(ModelPrice? model, bool isAsked) => isAsked
        || model is null or { Thinks: true } or { ReasoningNanosPerMillion: not null }
            or { PromptTokensMax: null, OutputTokensMax: null, TokensPerSecondMax: null };

    /// <summary>What can be written in a time, rounded up.</summary>
    public static long Written(long ms, long tokensPerSecond) => (long)(((Int128)Math.Max(0, ms) * tokensPerSecond + 999) / 1_000);
}
