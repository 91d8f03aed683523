using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Providers.OpenAi;

/// <summary>An answer that is none to its request, for what it says of its cost.</summary>
internal static class OddBody
{
    /// <summary>The usage of a completion, or of the chunks of a stream that is not called one; null when none is stated.</summary>
    public static TokenUsage? UsageIn(ReadOnlyMemory<byte> body)
    {
        if (CompletionScanner.TryScan(body.Span, out var whole)) return whole.Usage;
        var told = default(UsageTold);
        foreach (var line in body.Span.Split((byte)'\n'))
        {
            var text = body.Span[line];
            if (text.StartsWith("data:"u8) && CompletionScanner.TryScan(text["data:"u8.Length..], out var chunk)) told.Add(chunk.Told);
        }

        return told.Tokens();
    }
}
