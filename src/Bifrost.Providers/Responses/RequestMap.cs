using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>Writes a chat completion request as a request for a response.</summary>
internal static class RequestMap
{
    private const int ExtraBytes = 512;

    /// <summary>The body; of no meaning where the findings have a failure.</summary>
    public static ReadOnlyMemory<byte> Write(ProviderCall call, MapFindings findings)
    {
        // The edits hold the limits and the service tier that the call was admitted with.
        var edits = call.Edits.IsDefault ? [] : call.Edits.AsSpan();
        var chat = new ArrayBufferWriter<byte>(EditWriter.LengthOf(call.Body.Length, edits));
        EditWriter.Write(chat, call.Body.Span, edits);
        var body = chat.WrittenSpan;

        var buffer = new ArrayBufferWriter<byte>(body.Length + ExtraBytes);
        var to = new JsonSink(buffer);
        to.Raw("{\"model\":"u8);
        to.Quoted(call.Model);
        if (call.Stream) to.Raw(",\"stream\":true"u8);
        var (stores, asksLogprobs) = (false, false);
        var limit = 0L;
        ReadOnlySpan<byte> format = default, verbosity = default;
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.IsNull) continue;
            var value = members.Value;
            if (IsSame(members)) Member(ref to, members.RawName, value);
            else if (members.Is("messages"u8)) MessageMap.Write(ref to, value, findings);
            else if (members.Is("tools"u8)) ToolMap.WriteTools(ref to, value);
            else if (members.Is("tool_choice"u8)) ToolMap.WriteChoice(ref to, value);
            else if (members.Is("max_tokens"u8) || members.Is("max_completion_tokens"u8)) limit = Math.Max(limit, JsonText.Whole(value) ?? 0);
            else if (members.Is("reasoning_effort"u8)) WriteEffort(ref to, value);
            else if (members.Is("response_format"u8)) format = value;
            else if (members.Is("verbosity"u8)) verbosity = value;
            else if (members.Is("logprobs"u8)) asksLogprobs = value.SequenceEqual("true"u8);
            else if (members.Is("store"u8)) stores = value.SequenceEqual("true"u8);
            else if (!IsOfGateway(members) && !SaysNothing(members)) findings.Drop(JsonText.Shown(members.RawName), "it has no equivalent");
        }

        if (limit > 0)
        {
            to.Raw(",\"max_output_tokens\":"u8);
            to.Number(call.OutputTokensMax > 0 ? Math.Min(limit, call.OutputTokensMax) : limit);
        }

        WriteText(ref to, format, verbosity);
        if (!stores) to.Raw(",\"store\":false"u8);
        to.Raw(",\"include\":[\"reasoning.encrypted_content\""u8);
        to.Raw(asksLogprobs ? ",\"message.output_text.logprobs\"]}"u8 : "]}"u8);
        to.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>A member with a comma before it.</summary>
    public static void Member(ref JsonSink to, ReadOnlySpan<byte> rawName, ReadOnlySpan<byte> value)
    {
        to.Raw(",\""u8);
        to.Raw(rawName);
        to.Raw("\":"u8);
        to.Raw(value);
    }

    /// <summary>Fields of the same name and meaning.</summary>
    private static bool IsSame(in JsonMembers member) =>
        member.Is("temperature"u8) || member.Is("top_p"u8) || member.Is("parallel_tool_calls"u8) || member.Is("metadata"u8) || member.Is("service_tier"u8)
        || member.Is("user"u8) || member.Is("safety_identifier"u8) || member.Is("top_logprobs"u8) || member.Is("prompt_cache_key"u8)
        || member.Is("prompt_cache_options"u8) || member.Is("prompt_cache_retention"u8) || member.Is("moderation"u8);

    private static bool IsOfGateway(in JsonMembers member) =>
        member.Is("model"u8) || member.Is("stream"u8) || member.Is("stream_options"u8) || member.Is("fallbacks"u8);

    private static bool SaysNothing(in JsonMembers member)
    {
        if (member.Is("n"u8)) return JsonText.Whole(member.Value) == 1;
        if (member.Is("modalities"u8)) return member.Value.SequenceEqual("[\"text\"]"u8);
        return !member.Is("seed"u8) && JsonText.IsNothing(member.Value);
    }

    /// <summary>Its thoughts are told in a summary where an effort is asked for.</summary>
    private static void WriteEffort(ref JsonSink to, ReadOnlySpan<byte> effort)
    {
        to.Raw(",\"reasoning\":{\"effort\":"u8);
        to.Raw(effort);
        to.Raw(JsonText.Is(effort, "none"u8) ? "}"u8 : ",\"summary\":\"auto\"}"u8);
    }

    private static void WriteText(ref JsonSink to, ReadOnlySpan<byte> format, ReadOnlySpan<byte> verbosity)
    {
        if (format.IsEmpty && verbosity.IsEmpty) return;
        to.Raw(",\"text\":{"u8);
        if (!format.IsEmpty)
        {
            to.Raw("\"format\":"u8);
            var schema = JsonMembers.Find(format, "json_schema"u8);
            if (schema.IsEmpty) to.Raw(format);
            else
            {
                to.Raw("{\"type\":\"json_schema\""u8);
                var members = new JsonMembers(schema);
                while (members.Next()) Member(ref to, members.RawName, members.Value);
                to.Byte((byte)'}');
            }
        }

        if (!verbosity.IsEmpty)
        {
            to.Raw(format.IsEmpty ? "\"verbosity\":"u8 : ",\"verbosity\":"u8);
            to.Raw(verbosity);
        }

        to.Byte((byte)'}');
    }
}
