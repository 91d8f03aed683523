using System.Text.Json;
using Bifrost.Chat.Json;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Splice;

/// <summary>One pass over a whole answer or a chunk of a stream.</summary>
public static class CompletionScanner
{
    internal const int DepthMax = 128;

    /// <summary>
    /// False when the bytes are not one JSON object. The bytes inside strings are not checked to be UTF-8: a provider's text goes
    /// through as it came.
    /// </summary>
    public static bool TryScan(ReadOnlySpan<byte> json, out CompletionShape shape)
    {
        shape = default;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            ScanMembers(ref reader, ref shape);

            // What follows the object is a fault that the reader reports.
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void ScanMembers(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        shape.Tail = (int)reader.BytesConsumed;
        var members = new MemberTracker();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = members.Start(reader);
            if (FieldName.Is(reader, "usage"u8)) ScanUsage(ref reader, ref shape, ref members, member);
            else if (FieldName.Is(reader, "extra_fields"u8)) members.Take(ref reader, ref shape.ExtraMember, member, ref shape.Overridden);
            else ScanOther(ref reader, ref shape);

            members.End(reader);
            shape.Tail = members.Tail;
        }
    }

    private static void ScanOther(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        shape.OtherMembers++;
        if (FieldName.Is(reader, "choices"u8)) ScanChoices(ref reader, ref shape);
        else if (FieldName.Is(reader, "error"u8)) ScanError(ref reader, ref shape);
        else if (FieldName.Is(reader, "object"u8)) ScanObject(ref reader, ref shape);
        else if (FieldName.Is(reader, "model"u8)) shape.Model = Text(ref reader);
        else if (FieldName.Is(reader, "service_tier"u8)) shape.ServiceTier = Text(ref reader);
        else if (FieldName.Is(reader, "x_groq"u8)) ScanVendor(ref reader, ref shape);
        else if (FieldName.Is(reader, "citations"u8) || FieldName.Is(reader, "search_results"u8)) shape.CarriesMore |= ErrorMarks.Says(ref reader);
        else if (IsKnown(reader)) Skip(ref reader);
        else ScanUnknown(ref reader, ref shape);
    }

    /// <summary>A member that is not known: counted, and looked at for what it may mean.</summary>
    private static void ScanUnknown(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        if (!shape.HasErrorMark)
        {
            var atName = reader;
            shape.HasErrorMark = ErrorMarks.IsOne(ref atName, out var isSure);
            shape.IsErrorObject |= isSure;
        }

        if (IsShown(reader))
        {
            var atName = reader;
            shape.CarriesMore |= ErrorMarks.Says(ref atName);
        }

        shape.OtherBytes += ContentCounter.Count(ref reader, isText: false).All;
    }

    private static void ScanError(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        var says = ErrorMarks.Says(ref reader);
        shape.ErrorSays |= says;
        shape.IsErrorNamed |= reader.TokenType is not (JsonTokenType.Null or JsonTokenType.False);
    }

    private static void ScanObject(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        reader.Read();
        shape.IsErrorObject |= reader.TokenType == JsonTokenType.String && FieldName.Is(reader, "error"u8);
        reader.Skip();
    }

    /// <summary>Members of an answer that hold no output.</summary>
    private static bool IsKnown(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "id"u8) || FieldName.Is(reader, "created"u8)
        || FieldName.Is(reader, "system_fingerprint"u8) || FieldName.Is(reader, "obfuscation"u8) || FieldName.Is(reader, "provider"u8)
        || FieldName.Is(reader, "prompt_filter_results"u8)
        || FieldName.Is(reader, "request_id"u8) || FieldName.Is(reader, "timings"u8) || FieldName.Is(reader, "prompt_logprobs"u8);

    /// <summary>Members beside the choices that belong to the answer, and that a client shows.</summary>
    private static bool IsShown(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "videos"u8) || FieldName.Is(reader, "images"u8) || FieldName.Is(reader, "related_questions"u8)
        || FieldName.Is(reader, "annotations"u8) || FieldName.Is(reader, "sources"u8) || FieldName.Is(reader, "references"u8)
        || FieldName.Is(reader, "web_search"u8) || FieldName.Is(reader, "search_info"u8) || FieldName.Is(reader, "grounding_metadata"u8);

    /// <summary>An object of the provider's own, with a usage or an error in it.</summary>
    private static void ScanVendor(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FieldName.Is(reader, "usage"u8)) ScanInnerUsage(ref reader, ref shape);
            else if (FieldName.Is(reader, "error"u8)) shape.ErrorSays |= ErrorMarks.Says(ref reader);
            else Skip(ref reader);
        }
    }

    /// <summary>A usage that is not the answer's own member: it counts, and stays as it is.</summary>
    private static void ScanInnerUsage(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        reader.Read();
        List<JsonMember>? none = null;
        if (reader.TokenType == JsonTokenType.StartObject) UsageScanner.Scan(ref reader, ref shape.ToldParts, ref none);
        else reader.Skip();
    }

    private static void ScanUsage(ref Utf8JsonReader reader, ref CompletionShape shape, ref MemberTracker members, JsonMember member)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isNull = reader.TokenType == JsonTokenType.Null;
        shape.UsageParts = default;
        if (reader.TokenType == JsonTokenType.StartObject) shape.UsageParts = UsageScanner.Scan(ref reader, ref shape.ToldParts, ref shape.Overridden);
        else reader.Skip();
        members.Keep(reader, ref shape.UsageMember, member, start, isNull, ref shape.Overridden);
    }

    private static void ScanChoices(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        shape.HasChoices = shape.ChoicesEmpty = reader.TokenType == JsonTokenType.StartArray;
        if (shape.HasChoices)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                shape.ChoicesEmpty = false;
                if (reader.TokenType == JsonTokenType.StartObject) ScanChoice(ref reader, ref shape);
                else reader.Skip();
            }
        }
        else reader.Skip();

        shape.Choices = new JsonSpan(start, (int)reader.BytesConsumed);
    }

    private static void ScanChoice(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        JsonSpan logprobs = default;
        Utf8JsonReader atLogprobs = default;
        var before = shape.Content.All;
        var (index, finished) = (0, false);
        JsonMember mirror = default;
        var members = new MemberTracker();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = members.Start(reader);
            if (FieldName.Is(reader, "delta"u8) || FieldName.Is(reader, "text"u8))
            {
                shape.HasDelta = true;
                shape.Content.Add(ContentCounter.Count(ref reader));
            }
            else if (FieldName.Is(reader, "message"u8))
            {
                shape.HasMessage = true;
                shape.Content.Add(ContentCounter.Count(ref reader));
            }
            else if (FieldName.Is(reader, "index"u8)) index = Index(ref reader);
            else if (FieldName.Is(reader, "finish_reason"u8)) finished |= ScanFinish(ref reader, ref shape);
            else if (FieldName.Is(reader, "error"u8)) shape.ErrorSays |= ErrorMarks.Says(ref reader);
            else if (FieldName.Is(reader, "logprobs"u8))
            {
                atLogprobs = reader;
                logprobs = ValueUnlessNull(ref reader);
            }
            else if (FieldName.Is(reader, "usage"u8)) ScanInnerUsage(ref reader, ref shape);
            else if (FieldName.Is(reader, "log_probs"u8)) members.Take(ref reader, ref mirror, member, ref shape.Overridden);
            else if (IsOfChoice(reader)) Skip(ref reader);
            else shape.Content.Add(ContentCounter.Count(ref reader, isText: false));
            members.End(reader);
        }

        shape.Choose(index, finished);
        if (!logprobs.Exists) return;
        (shape.Logprobs ??= []).Add(new LogprobsShape(logprobs, mirror.Value));

        // Tokens that are shown nowhere else were written all the same.
        if (shape.Content.All == before) shape.Content.Add(ContentCounter.Count(ref atLogprobs, isText: false));
    }

    /// <summary>True when the choice says why it ended.</summary>
    private static bool ScanFinish(ref Utf8JsonReader reader, ref CompletionShape shape)
    {
        reader.Read();
        var finished = reader.TokenType != JsonTokenType.Null;
        shape.FinishReasonSeen |= finished;
        if (reader.TokenType == JsonTokenType.String)
        {
            shape.IsEndedByLimit |= FieldName.Is(reader, "length"u8) || FieldName.Is(reader, "max_tokens"u8);
            shape.ErrorSays |= FieldName.Is(reader, "error"u8) || FieldName.Is(reader, "insufficient_system_resource"u8);
        }

        reader.Skip();
        return finished;
    }

    private static int Index(ref Utf8JsonReader reader)
    {
        reader.Read();
        var index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : 0;
        reader.Skip();
        return index;
    }

    /// <summary>Members of a choice that hold no output.</summary>
    private static bool IsOfChoice(in Utf8JsonReader reader) =>
        FieldName.Is(reader, "native_finish_reason"u8) || FieldName.Is(reader, "stop_reason"u8)
        || FieldName.Is(reader, "matched_stop"u8) || FieldName.Is(reader, "content_filter_results"u8) || FieldName.Is(reader, "seed"u8)
        || FieldName.Is(reader, "content_filter_result"u8);

    private static JsonSpan ValueUnlessNull(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return default;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new JsonSpan(start, (int)reader.BytesConsumed);
    }

    /// <summary>A string without its quotes; nothing where something else stands.</summary>
    private static JsonSpan Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex + 1;
        var isText = reader.TokenType == JsonTokenType.String;
        reader.Skip();
        return isText ? new JsonSpan(start, (int)reader.BytesConsumed - 1) : default;
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
