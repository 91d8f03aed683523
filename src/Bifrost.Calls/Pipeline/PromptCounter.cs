using System.Collections.Concurrent;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tokens;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// Counts prompts with the model's own tokenizer, for calls near a limit (docs/promises.md). Counting is work that a caller could ask for
/// on purpose, so bodies are bounded and each key counts one at a time; a call that finds its key counting is held by its bytes.
/// </summary>
internal sealed class PromptCounter
{
    /// <summary>Longer bodies are held by their bytes.</summary>
    public const int BodyBytesMax = 262_144;

    private readonly ConcurrentDictionary<string, byte> _counting = new(StringComparer.Ordinal);

    /// <summary>Whether a tokenizer can count all that the request sends.</summary>
    public bool MayCount(ChatEnvelope envelope) =>
        envelope.Body.Length <= BodyBytesMax && envelope.Content is { Images: 0, UnsizedParts: 0 };

    /// <summary>The count; null where it cannot be made now. Runs on the thread pool.</summary>
    public async Task<CountedTokens?> CountAsync(string virtualKeyId, ChatEnvelope envelope, string tokenizer)
    {
        if (!MayCount(envelope) || !_counting.TryAdd(virtualKeyId, 0)) return null;
        try
        {
            return await Task.Run(() => RequestTokens.Count(envelope.Body.Span, tokenizer));
        }
        finally
        {
            _counting.TryRemove(virtualKeyId, out _);
        }
    }
}
