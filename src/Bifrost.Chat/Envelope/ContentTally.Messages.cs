using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>The part that counts messages.</summary>
internal partial struct ContentTally
{
    /// <summary>
    /// Reads the value of a message's member whose name the reader stands on. What is sent back of an earlier answer counts by its bytes where
    /// only they are billed; a name that is not known is told among the other fields.
    /// </summary>
    public void Member(ref Utf8JsonReader reader)
    {
        var isContent = IsAnyCase(reader, "content"u8);
        var isCall = !isContent && (IsAnyCase(reader, "tool_calls"u8) || IsAnyCase(reader, "function_call"u8));
        var use = isContent || isCall ? NameUse.Bytes : MessageNames.Of(reader);
        var name = use == NameUse.Unknown ? "messages." + NameOf(reader) : "";
        reader.Read();
        if (isContent)
        {
            Content(ref reader);
            return;
        }

        if (isCall) Schema(ref reader);
        else if (use == NameUse.Echo) Echo(ref reader);
        else
        {
            var isEmpty = WalkIsEmpty(ref reader);
            if (use == NameUse.Reference && !isEmpty) _unsized++;
            if (use == NameUse.Unknown && !isEmpty) AddOther(name);
        }
    }

    private void Content(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                Part(ref reader);
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType == JsonTokenType.StartObject) Part(ref reader);
                    else if (!WalkIsText(ref reader)) _unsized++;
                }

                break;
            default:
                Walk(ref reader);
                break;
        }
    }

    private void Part(ref Utf8JsonReader reader)
    {
        var kinds = PartKinds.None;
        var urls = 0;
        var inlineBytes = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = IsAnyCase(reader, "type"u8);
            var isUrl = !isType && IsAnyCase(reader, "image_url"u8);
            var use = isType || isUrl ? NameUse.Bytes : MessageNames.OfPart(reader);
            var name = use == NameUse.Unknown ? "content." + NameOf(reader) : "";
            reader.Read();
            if (isUrl)
            {
                urls += ImageUrl(ref reader, ref inlineBytes);
                continue;
            }

            if (isType)
            {
                kinds |= KindOf(reader);
                Walk(ref reader);
            }
            else if (use == NameUse.Text)
            {
                // Some providers nest parts under the name of their text.
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) Content(ref reader);
                else Walk(ref reader);
            }
            else if (use == NameUse.Echo)
            {
                Echo(ref reader);
            }
            else
            {
                var isEmpty = WalkIsEmpty(ref reader);
                if (use == NameUse.Reference && !isEmpty) kinds |= PartKinds.Unsized;
                if (use == NameUse.Unknown && !isEmpty) AddOther(name);
            }
        }

        if (kinds is PartKinds.None || kinds.HasFlag(PartKinds.Unsized)) _unsized++;
        _images += kinds.HasFlag(PartKinds.Image) ? Math.Max(1, urls) : urls;
        if (kinds == PartKinds.Image) _imageBytes += inlineBytes;
        else _stringBytes += inlineBytes;
    }

    /// <summary>
    /// Answers how many images stand in the value, and adds the bytes of those that are inline. What is no image by its address, or several in
    /// one, has no size.
    /// </summary>
    private int ImageUrl(ref Utf8JsonReader reader, ref int inlineBytes)
    {
        if (reader.TokenType == JsonTokenType.Null) return 0;
        if (reader.TokenType == JsonTokenType.String)
        {
            inlineBytes += Inline(reader);
            return 1;
        }

        var images = 0;
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUrl = IsAnyCase(reader, "url"u8);
                var isKnown = isUrl || FieldName.Is(reader, "detail"u8) || FieldName.Is(reader, "format"u8);
                reader.Read();
                if (isUrl && reader.TokenType == JsonTokenType.String)
                {
                    images++;
                    inlineBytes += Inline(reader);
                    continue;
                }

                if (!WalkIsEmpty(ref reader) && (isUrl || !isKnown)) _unsized++;
            }
        }
        else
        {
            Walk(ref reader);
        }

        if (images != 1) _unsized++;
        return images;
    }

    /// <summary>Answers the bytes of an image that stands in the string itself; a string that names no image has no size.</summary>
    private int Inline(in Utf8JsonReader reader)
    {
        var source = ImageSources.Of(reader.ValueSpan);
        if (source == ImageSource.Inline) return reader.ValueSpan.Length;
        if (source == ImageSource.NoImage) _unsized++;
        _stringBytes += reader.ValueSpan.Length;
        return 0;
    }

    /// <summary>
    /// Reads what a client sends back of an earlier answer: citations, thinking, data of a library. It counts by its bytes, unless it refers to
    /// something: files, media, content by its id.
    /// </summary>
    private void Echo(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            Walk(ref reader);
            return;
        }

        var outermost = reader.CurrentDepth;
        var refers = false;
        while (reader.Read() && (reader.CurrentDepth > outermost || reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray)))
        {
            if (reader.TokenType == JsonTokenType.PropertyName) refers |= MessageNames.RefersInEcho(reader);
            else if (reader.TokenType == JsonTokenType.String) _stringBytes += reader.ValueSpan.Length;
        }

        if (refers) _unsized++;
    }

    /// <summary>Reads an entry of a content that is no part; whether it is plain text.</summary>
    private bool WalkIsText(ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType is not JsonTokenType.StartArray;
        Walk(ref reader);
        return isText;
    }

    private static PartKinds KindOf(in Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return PartKinds.Unsized;
        if (FieldName.Is(reader, "text"u8) || FieldName.Is(reader, "refusal"u8) || FieldName.Is(reader, "input_text"u8)
            || FieldName.Is(reader, "output_text"u8) || FieldName.Is(reader, "thinking"u8) || FieldName.Is(reader, "reasoning"u8))
            return PartKinds.Text;
        return FieldName.Is(reader, "image_url"u8) || FieldName.Is(reader, "input_image"u8) ? PartKinds.Image : PartKinds.Unsized;
    }

    /// <summary>What the types of one part say; a part may say several.</summary>
    [Flags]
    private enum PartKinds
    {
        None = 0,
        Text = 1,
        Image = 2,
        Unsized = 4,
    }
}
