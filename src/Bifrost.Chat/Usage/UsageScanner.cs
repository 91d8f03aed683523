using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Usage;

/// <summary>
/// Reads a <c>usage</c> object. Besides OpenAI's names it knows those under which some providers tell the same (cache hits and searches
/// at the top level). Numbers below 0 count as 0, fractions are rounded up, and beyond a limit that no answer reaches they stop.
/// </summary>
internal ref struct UsageScanner
{
    /// <summary>Keeps a provider's nonsense from overflowing the money that is computed from it.</summary>
    private const long TokensMax = 1_000_000_000;

    private long? _prompt, _completion, _total;
    private long _cachedRead, _cachedWrite, _reasoning, _promptAudio, _completionAudio, _citation, _searches;
    private UsageNames _known;

    /// <summary>Reads the object that the reader stands on and leaves the reader at its end.</summary>
    public static UsageShape Scan(ref Utf8JsonReader reader, ref List<JsonMember>? overridden)
    {
        var scanner = default(UsageScanner);
        return scanner.Read(ref reader, ref overridden);
    }

    private UsageShape Read(ref Utf8JsonReader reader, ref List<JsonMember>? overridden)
    {
        var shape = new UsageShape { IsObject = true, IsEmpty = true, Tail = (int)reader.BytesConsumed };
        var members = new MemberTracker();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = members.Start(reader);
            if (FieldName.Is(reader, "cost"u8)) members.Take(ref reader, ref shape.Cost, member, ref overridden);
            else if (FieldName.Is(reader, "prompt_tokens_details"u8))
                ReadDetails(ref reader, ref shape.Prompt, ofPrompt: true, ref members, member, ref overridden);
            else if (FieldName.Is(reader, "completion_tokens_details"u8))
                ReadDetails(ref reader, ref shape.Completion, ofPrompt: false, ref members, member, ref overridden);
            else
            {
                ReadCount(ref reader);
                members.End(reader);
            }

            shape.IsEmpty = false;
            shape.Tail = members.Tail;
        }

        shape.Known = _known;
        shape.Tokens = Tokens();
        return shape;
    }

    private void ReadDetails(
        ref Utf8JsonReader reader,
        ref DetailsShape details,
        bool ofPrompt,
        ref MemberTracker members,
        JsonMember member,
        ref List<JsonMember>? overridden)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isNull = reader.TokenType == JsonTokenType.Null;
        var earlier = details.Member;
        details = default;
        if (reader.TokenType == JsonTokenType.StartObject) ReadDetailsMembers(ref reader, ref details, ofPrompt);
        else reader.Skip();
        details.Member = earlier;
        members.Keep(reader, ref details.Member, member, start, isNull, ref overridden);
    }

    private void ReadDetailsMembers(ref Utf8JsonReader reader, ref DetailsShape details, bool ofPrompt)
    {
        details.IsObject = details.IsEmpty = true;
        details.Tail = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            details.Present |= ofPrompt ? ReadPromptDetail(ref reader) : ReadCompletionDetail(ref reader);
            reader.Skip();
            details.IsEmpty = false;
            details.Tail = (int)reader.BytesConsumed;
        }
    }

    private void ReadCount(ref Utf8JsonReader reader)
    {
        if (FieldName.Is(reader, "prompt_tokens"u8)) _prompt = Count(ref reader) ?? _prompt;
        else if (FieldName.Is(reader, "completion_tokens"u8)) _completion = Count(ref reader) ?? _completion;
        else if (FieldName.Is(reader, "total_tokens"u8)) _total = Count(ref reader) ?? _total;
        else if (FieldName.Is(reader, "prompt_cache_hit_tokens"u8) || FieldName.Is(reader, "cache_read_input_tokens"u8)
            || FieldName.Is(reader, "cached_tokens"u8))
            Learn(ref reader, ref _cachedRead, UsageNames.CachedTokens | UsageNames.CachedReadTokens);
        else if (FieldName.Is(reader, "cache_creation_input_tokens"u8))
            Learn(ref reader, ref _cachedWrite, UsageNames.CachedWriteTokens);
        else if (FieldName.Is(reader, "reasoning_tokens"u8)) Learn(ref reader, ref _reasoning, UsageNames.ReasoningTokens);
        else if (FieldName.Is(reader, "citation_tokens"u8)) Learn(ref reader, ref _citation, UsageNames.CitationTokens);
        else if (FieldName.Is(reader, "num_search_queries"u8)) Learn(ref reader, ref _searches, UsageNames.SearchQueries);
        else reader.Read();
        reader.Skip();
    }

    private UsageNames ReadPromptDetail(ref Utf8JsonReader reader)
    {
        const UsageNames Read = UsageNames.CachedTokens | UsageNames.CachedReadTokens;
        if (FieldName.Is(reader, "cached_tokens"u8)) return Learn(ref reader, ref _cachedRead, Read, UsageNames.CachedTokens);
        if (FieldName.Is(reader, "cached_read_tokens"u8)) return Learn(ref reader, ref _cachedRead, Read, UsageNames.CachedReadTokens);
        if (FieldName.Is(reader, "cached_write_tokens"u8))
            return Learn(ref reader, ref _cachedWrite, UsageNames.CachedWriteTokens, UsageNames.CachedWriteTokens);
        if (FieldName.Is(reader, "cache_write_tokens"u8) || FieldName.Is(reader, "cache_creation_tokens"u8))
            return Learn(ref reader, ref _cachedWrite, UsageNames.CachedWriteTokens);
        if (FieldName.Is(reader, "audio_tokens"u8)) return Learn(ref reader, ref _promptAudio, UsageNames.None);
        reader.Read();
        return UsageNames.None;
    }

    private UsageNames ReadCompletionDetail(ref Utf8JsonReader reader)
    {
        if (FieldName.Is(reader, "reasoning_tokens"u8))
            return Learn(ref reader, ref _reasoning, UsageNames.ReasoningTokens, UsageNames.ReasoningTokens);
        if (FieldName.Is(reader, "citation_tokens"u8))
            return Learn(ref reader, ref _citation, UsageNames.CitationTokens, UsageNames.CitationTokens);
        if (FieldName.Is(reader, "num_search_queries"u8))
            return Learn(ref reader, ref _searches, UsageNames.SearchQueries, UsageNames.SearchQueries);
        if (FieldName.Is(reader, "audio_tokens"u8)) return Learn(ref reader, ref _completionAudio, UsageNames.None);
        reader.Read();
        return UsageNames.None;
    }

    /// <summary>
    /// Takes a count under one of its names. Told twice, the larger one holds. <paramref name="present"/> is the name that now stands,
    /// whatever its value is, so that it is not written a second time.
    /// </summary>
    private UsageNames Learn(ref Utf8JsonReader reader, ref long value, UsageNames known, UsageNames present = UsageNames.None)
    {
        if (Count(ref reader) is not { } count) return present;
        value = Math.Max(value, count);
        _known |= known;
        return present;
    }

    /// <summary>The number behind the name that the reader stands on; null when there is none.</summary>
    private static long? Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number) return null;
        if (reader.TryGetInt64(out var whole)) return Math.Clamp(whole, 0, TokensMax);
        return reader.TryGetDouble(out var number) ? (long)Math.Clamp(Math.Ceiling(number), 0, TokensMax) : null;
    }

    private readonly TokenUsage? Tokens()
    {
        if (_prompt is null && _completion is null) return null;
        var prompt = _prompt ?? Math.Max(0, (_total ?? 0) - (_completion ?? 0));
        return new TokenUsage
        {
            PromptTokens = prompt,
            CompletionTokens = CompletionTokens(prompt),
            CachedReadTokens = _cachedRead,
            CachedWriteTokens = _cachedWrite,
            ReasoningTokens = _reasoning,
            PromptAudioTokens = _promptAudio,
            CompletionAudioTokens = _completionAudio,
            CitationTokens = _citation,
            SearchQueries = _searches,
        };
    }

    /// <summary>
    /// All output tokens. Some providers bill reasoning on top and leave it out of <c>completion_tokens</c>; then only the total tells.
    /// </summary>
    private readonly long CompletionTokens(long prompt)
    {
        var rest = Math.Max(0, (_total ?? 0) - prompt);
        if (_completion is not { } completion) return rest;
        var isReasoningLeftOut = _reasoning > 0 && rest >= completion + _reasoning;
        if (isReasoningLeftOut) return completion + _reasoning;
        return _reasoning == 0 && _citation == 0 ? Math.Max(completion, rest) : completion;
    }
}
