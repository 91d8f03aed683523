using System.Buffers.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Usage;

/// <summary>
/// Reads a <c>usage</c> object. Besides OpenAI's names of chat completions it knows those of its responses, of Anthropic's messages and of
/// others that tell the same at another place. A count is a whole number or a string of digits; anything else is as if it did not stand there.
/// </summary>
internal ref struct UsageScanner
{
    private UsageTold _told;
    private UsageNames _known, _present;
    private bool _promptInOtherWords, _cacheBeside;
    private CostTold _cost;

    /// <summary>Reads the object that the reader stands on, adds what it tells and leaves the reader at its end.</summary>
    public static UsageShape Scan(ref Utf8JsonReader reader, ref UsageTold told, ref List<JsonMember>? overridden)
    {
        var scanner = default(UsageScanner);
        var shape = scanner.Read(ref reader, ref overridden);
        told.Add(scanner._told);
        return shape;
    }

    private UsageShape Read(ref Utf8JsonReader reader, ref List<JsonMember>? overridden)
    {
        var shape = new UsageShape { IsObject = true, IsEmpty = true, Tail = (int)reader.BytesConsumed };
        var members = new MemberTracker();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = members.Start(reader);
            if (FieldName.Is(reader, "cost"u8))
            {
                _cost.ReadCost(reader);
                members.Take(ref reader, ref shape.Cost, member, ref overridden);
            }
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

        _told.ReportedNanos = _cost.Nanos;
        _told.CacheIsApart = _promptInOtherWords && _cacheBeside;
        shape.Known = _known;
        shape.Present = _present;
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
        ReadDetailsValue(ref reader, ref details, ofPrompt);
        details.Member = earlier;
        members.Keep(reader, ref details.Member, member, start, isNull, ref overridden);
    }

    /// <summary>Details under another name than those that are added to.</summary>
    private void ReadOtherDetails(ref Utf8JsonReader reader, bool ofPrompt)
    {
        reader.Read();
        var details = default(DetailsShape);
        ReadDetailsValue(ref reader, ref details, ofPrompt);
    }

    private void ReadDetailsValue(ref Utf8JsonReader reader, ref DetailsShape details, bool ofPrompt)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

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
        if (FieldName.Is(reader, "prompt_tokens"u8)) ReadPrompt(ref reader, UsageNames.None, UsageNames.PromptTokens);
        else if (FieldName.Is(reader, "completion_tokens"u8)) ReadCompletion(ref reader, UsageNames.None, UsageNames.CompletionTokens);
        else if (FieldName.Is(reader, "total_tokens"u8))
        {
            _present |= UsageNames.TotalTokens;
            _told.Total = UsageTold.Larger(_told.Total, MainCount(ref reader));
        }
        else if (FieldName.Is(reader, "input_tokens"u8))
        {
            _promptInOtherWords = true;
            ReadPrompt(ref reader, UsageNames.PromptTokens | UsageNames.TotalTokens, UsageNames.None);
        }
        else if (FieldName.Is(reader, "output_tokens"u8))
            ReadCompletion(ref reader, UsageNames.CompletionTokens | UsageNames.TotalTokens, UsageNames.None);
        else ReadPart(ref reader);
        reader.Skip();
    }

    /// <summary>A count that is part of prompt or output, or what it stands in.</summary>
    private void ReadPart(ref Utf8JsonReader reader)
    {
        const UsageNames Read = UsageNames.CachedTokens | UsageNames.CachedReadTokens;
        if (FieldName.Is(reader, "prompt_cache_hit_tokens"u8) || FieldName.Is(reader, "cached_tokens"u8)
            || FieldName.Is(reader, "num_cached_tokens"u8))
            Learn(ref reader, ref _told.CachedRead, Read);
        else if (FieldName.Is(reader, "cache_read_input_tokens"u8))
        {
            _cacheBeside = true;
            Learn(ref reader, ref _told.CachedRead, Read);
        }
        else if (FieldName.Is(reader, "cache_creation_input_tokens"u8))
        {
            _cacheBeside = true;
            Learn(ref reader, ref _told.CachedWrite, UsageNames.CachedWriteTokens);
        }
        else if (FieldName.Is(reader, "reasoning_tokens"u8)) Learn(ref reader, ref _told.Reasoning, UsageNames.ReasoningTokens);
        else if (FieldName.Is(reader, "citation_tokens"u8)) Learn(ref reader, ref _told.Citation, UsageNames.CitationTokens);
        else if (FieldName.Is(reader, "num_search_queries"u8)) Learn(ref reader, ref _told.Searches, UsageNames.SearchQueries);
        else if (FieldName.Is(reader, "input_tokens_details"u8) || FieldName.Is(reader, "prompt_token_details"u8))
            ReadOtherDetails(ref reader, ofPrompt: true);
        else if (FieldName.Is(reader, "output_tokens_details"u8)) ReadOtherDetails(ref reader, ofPrompt: false);
        else if (!_cost.TryReadPart(ref reader)) reader.Read();
    }

    private UsageNames ReadPromptDetail(ref Utf8JsonReader reader)
    {
        const UsageNames Read = UsageNames.CachedTokens | UsageNames.CachedReadTokens;
        if (FieldName.Is(reader, "cached_tokens"u8)) return Learn(ref reader, ref _told.CachedRead, Read, UsageNames.CachedTokens);
        if (FieldName.Is(reader, "cached_read_tokens"u8)) return Learn(ref reader, ref _told.CachedRead, Read, UsageNames.CachedReadTokens);
        if (FieldName.Is(reader, "cached_write_tokens"u8))
            return Learn(ref reader, ref _told.CachedWrite, UsageNames.CachedWriteTokens, UsageNames.CachedWriteTokens);
        if (FieldName.Is(reader, "cached_write_tokens_1h"u8)) return Learn(ref reader, ref _told.CachedWriteLong, UsageNames.None);
        if (FieldName.Is(reader, "cache_read_input_tokens"u8)) return Learn(ref reader, ref _told.CachedRead, Read);
        if (FieldName.Is(reader, "cache_write_tokens"u8) || FieldName.Is(reader, "cache_creation_tokens"u8)
            || FieldName.Is(reader, "cache_creation_input_tokens"u8))
            return Learn(ref reader, ref _told.CachedWrite, UsageNames.CachedWriteTokens);
        if (FieldName.Is(reader, "audio_tokens"u8)) return Learn(ref reader, ref _told.PromptAudio, UsageNames.None);
        reader.Read();
        return UsageNames.None;
    }

    private UsageNames ReadCompletionDetail(ref Utf8JsonReader reader)
    {
        if (FieldName.Is(reader, "reasoning_tokens"u8))
            return Learn(ref reader, ref _told.Reasoning, UsageNames.ReasoningTokens, UsageNames.ReasoningTokens);
        if (FieldName.Is(reader, "citation_tokens"u8))
            return Learn(ref reader, ref _told.Citation, UsageNames.CitationTokens, UsageNames.CitationTokens);
        if (FieldName.Is(reader, "num_search_queries"u8))
            return Learn(ref reader, ref _told.Searches, UsageNames.SearchQueries, UsageNames.SearchQueries);
        if (FieldName.Is(reader, "audio_tokens"u8)) return Learn(ref reader, ref _told.CompletionAudio, UsageNames.None);
        if (FieldName.Is(reader, "rejected_prediction_tokens"u8)) return Learn(ref reader, ref _told.Rejected, UsageNames.None);
        reader.Read();
        return UsageNames.None;
    }

    private void ReadPrompt(ref Utf8JsonReader reader, UsageNames known, UsageNames present)
    {
        _present |= present;
        if (MainCount(ref reader) is not { } count) return;
        _told.Prompt = UsageTold.Larger(_told.Prompt, count);
        _known |= known;
    }

    private void ReadCompletion(ref Utf8JsonReader reader, UsageNames known, UsageNames present)
    {
        _present |= present;
        if (MainCount(ref reader) is not { } count) return;
        _told.Completion = UsageTold.Larger(_told.Completion, count);
        _known |= known;
    }

    /// <summary>
    /// Takes a count under one of its names. Told twice, the larger one holds. <paramref name="present"/> is the name that now stands,
    /// whatever its value is, so that it is not written a second time.
    /// </summary>
    private UsageNames Learn(ref Utf8JsonReader reader, ref long value, UsageNames known, UsageNames present = UsageNames.None)
    {
        reader.Read();
        if (Count(reader) is not { } count) return present;
        value = Math.Max(value, count);
        _known |= known;
        return present;
    }

    /// <summary>One of the counts that a usage cannot do without: it is noted when something else stands there.</summary>
    private long? MainCount(ref Utf8JsonReader reader)
    {
        reader.Read();
        var count = Count(reader);
        if (count is null && reader.TokenType != JsonTokenType.Null) _told.HasNoCount = true;
        return count;
    }

    /// <summary>The value that the reader stands on as a count of tokens; null when it is none.</summary>
    private static long? Count(in Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return null;
        var text = reader.ValueSpan;
        if (Utf8Parser.TryParse(text, out long whole, out var read) && read == text.Length)
            return whole is >= 0 and <= UsageTold.CountMax ? whole : null;
        var isWhole = reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number)
            && number is >= 0 and <= UsageTold.CountMax && number == Math.Floor(number);
        return isWhole ? (long)reader.GetDouble() : null;
    }
}
