using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Providers.Exchanges;

/// <summary>An answer that is none to its request, for what it says of its cost.</summary>
internal static class OddBody
{
    /// <summary>
    /// The usage of a completion, or of the chunks of a stream that is not called one, null when none is stated; and whether anything was delivered.
    /// </summary>
    public static (TokenUsage? Usage, bool HasContent) Of(ReadOnlyMemory<byte> body)
    {
        if (CompletionScanner.TryScan(body.Span, out var whole)) return (whole.Usage, whole.HasChoices && whole.Content.All > 0);
        var told = default(UsageTold);
        var hasContent = false;
        foreach (var line in body.Span.Split((byte)'\n'))
        {
            var text = body.Span[line];
            if (!text.StartsWith("data:"u8) || !CompletionScanner.TryScan(text["data:"u8.Length..], out var chunk)) continue;
            told.Add(chunk.Told);
            hasContent |= chunk.Content.All > 0;
        }

        return (told.Tokens(), hasContent);
    }

    /// <summary>The first error among the events of such a stream; null when none is one.</summary>
    public static ReadOnlyMemory<byte>? ErrorIn(ReadOnlyMemory<byte> body)
    {
        foreach (var line in body.Span.Split((byte)'\n'))
        {
            var text = body[line];
            if (text.Span.StartsWith("data:"u8) && CompletionScanner.TryScan(text.Span["data:"u8.Length..], out var chunk) && chunk.HasError)
                return text["data:"u8.Length..];
        }

        return null;
    }
}
