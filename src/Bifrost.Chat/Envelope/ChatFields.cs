using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>The request table of contract section 3, one row a field, and the look-up of a name in it.</summary>
internal static class ChatFields
{
    private const int NameLengthMax = 21;

    /// <summary>Rows by <see cref="ChatField"/>.</summary>
    public static readonly FieldRule[] Rules =
    [
        new("model", FieldKind.Model, "a non-empty string of printable ASCII characters"),
        new("messages", FieldKind.Messages, "a non-empty array of messages"),
        new("stream", FieldKind.Flag, "true or false"),
        new("max_tokens", FieldKind.Integer, "an integer of at least 1", Min: 1),
        new("max_completion_tokens", FieldKind.Integer, "an integer of at least 1", Min: 1),
        new("temperature", FieldKind.Number, "a number from 0 to 2", Min: 0, Max: 2),
        new("top_p", FieldKind.Number, "a number"),
        new("frequency_penalty", FieldKind.Number, "a number from -2 to 2", Min: -2, Max: 2),
        new("presence_penalty", FieldKind.Number, "a number from -2 to 2", Min: -2, Max: 2),
        new("logit_bias", FieldKind.Object, "an object"),
        new("logprobs", FieldKind.Flag, "true or false"),
        new("top_logprobs", FieldKind.Integer, "an integer of at least 0", Min: 0),
        new("n", FieldKind.Integer, "an integer of at least 1", Min: 1),
        new("stop", FieldKind.Stop, "a string or an array of strings"),
        new("seed", FieldKind.Integer, "an integer of at most 64 bits"),
        new("user", FieldKind.Text, "a string"),
        new("tools", FieldKind.Tools, "an array of objects"),
        new("tool_choice", FieldKind.ToolChoice, "\"none\", \"auto\", \"required\" or an object"),
        new("parallel_tool_calls", FieldKind.Flag, "true or false"),
        new("response_format", FieldKind.Schema, "an object"),
        new("reasoning_effort", FieldKind.Effort, "a string, such as \"none\", \"minimal\", \"low\", \"medium\", \"high\", \"xhigh\""),
        new("service_tier", FieldKind.Text, "a string"),
        new("stream_options", FieldKind.StreamOptions, "an object"),
        new("fallbacks", FieldKind.Fallbacks, "an array of \"provider/model\" strings or {provider, model} objects"),
    ];

    // Names of one length are few, so a look-up compares with two rows at the most.
    private static readonly ChatField[][] ByLength = Group();

    /// <summary>
    /// The field that a name stands for. <paramref name="isVariant"/> is true when the name differs from the field's in the case of
    /// its letters (or in letters that lenient parsers take for them): an upstream might read it all the same.
    /// </summary>
    public static ChatField Find(in Utf8JsonReader reader, out bool isVariant)
    {
        isVariant = false;
        var raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped && raw.Length <= NameLengthMax)
        {
            foreach (var field in ByLength[raw.Length])
                if (raw.SequenceEqual(Rules[(int)field].Utf8Name)) return field;
        }

        return FindDecoded(raw, out isVariant);
    }

    private static ChatField FindDecoded(ReadOnlySpan<byte> raw, out bool isVariant)
    {
        isVariant = false;
        Span<byte> buffer = stackalloc byte[NameLengthMax];
        var length = FieldName.Decode(raw, buffer, out var folded);
        if (length < 0) return ChatField.Unknown;
        var name = buffer[..length];
        foreach (var field in ByLength[length])
        {
            var known = Rules[(int)field].Utf8Name;
            if (!Ascii.EqualsIgnoreCase(name, known)) continue;
            isVariant = folded || !name.SequenceEqual(known);
            return field;
        }

        return ChatField.Unknown;
    }

    private static ChatField[][] Group()
    {
        var groups = new ChatField[NameLengthMax + 1][];
        for (var length = 0; length <= NameLengthMax; length++)
        {
            List<ChatField> group = [];
            for (var i = 0; i < Rules.Length; i++)
                if (Rules[i].Name.Length == length) group.Add((ChatField)i);
            groups[length] = [.. group];
        }

        return groups;
    }
}
