using System.Buffers;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.OpenAi;

/// <summary>Writes a request as a provider takes it whose rules differ from OpenAI's (<see cref="RequestRules"/>).</summary>
internal static class RequestMap
{
    private const string Unknown = "it has no such parameter";

    /// <summary>The body; empty where the caller's with its edits is right as it is. Of no meaning where the findings have a failure.</summary>
    public static ReadOnlyMemory<byte> Write(ProviderCall call, RequestRules rules, MapFindings findings)
    {
        var edits = call.Edits.IsDefault ? [] : call.Edits.AsSpan();
        var before = new ArrayBufferWriter<byte>(EditWriter.LengthOf(call.Body.Length, edits));
        EditWriter.Write(before, call.Body.Span, edits);
        var body = before.WrittenSpan;
        var written = new ArrayBufferWriter<byte>(body.Length + 64);
        var to = new JsonSink(written);
        var isOther = WriteMembers(ref to, body, call.Model, rules, findings);
        to.Flush();
        return isOther ? written.WrittenMemory : default;
    }

    private static bool WriteMembers(ref JsonSink to, ReadOnlySpan<byte> body, string model, RequestRules rules, MapFindings findings)
    {
        var isOther = false;
        var thinks = !ThinkingIsOff(body);
        var members = new JsonMembers(body);
        var separator = (byte)'{';
        while (members.Next())
        {
            var name = NameOf(members);
            var value = members.Value;
            if (IsLeftOut(name, value, model, rules, findings)) isOther = true;
            else if (name == "messages" && MessageRules.MayDiffer(rules))
            {
                Name(ref to, ref separator, members.RawName);
                isOther |= MessageRules.Write(ref to, value, rules);
            }
            else if (name == "reasoning_effort" && JsonText.Read(value) is { } effort && rules.Efforts.TryGetValue(effort, out var word))
            {
                isOther = true;
                Name(ref to, ref separator, members.RawName);
                to.Quoted(word);
            }
            else if (name == "logprobs" && rules.LogprobsAreCount)
            {
                isOther = true;
                if (!value.SequenceEqual("true"u8)) continue;
                Name(ref to, ref separator, members.RawName);
                to.Number(Math.Max(1, JsonText.Whole(JsonMembers.Find(body, "top_logprobs"u8)) ?? 1));
            }
            else if (name == "top_logprobs" && rules.LogprobsAreCount) isOther = true;
            else
            {
                Check(name, value, thinks, rules, findings);
                var renamed = rules.Renamed.GetValueOrDefault(name);
                isOther |= renamed is not null;
                if (renamed is not null && !JsonMembers.Find(body, Encoding.UTF8.GetBytes(renamed)).IsEmpty) continue;
                Name(ref to, ref separator, renamed is null ? members.RawName : Encoding.UTF8.GetBytes(renamed));
                to.Raw(value);
            }
        }

        to.Raw(separator == (byte)'{' ? "{}"u8 : "}"u8);
        return isOther;
    }

    /// <summary>A parameter that does not go up. One that says something is a finding.</summary>
    private static bool IsLeftOut(string name, ReadOnlySpan<byte> value, string model, RequestRules rules, MapFindings findings)
    {
        if (rules.Hints.Contains(name)) return true;
        var isRefused = rules.Refused.Contains(name);
        foreach (var rule in rules.ByModel) isRefused |= rule.Refused.Contains(name) && rule.Matches(model);
        if (!isRefused) return false;
        if (!SaysNothing(name, value)) findings.Drop(name, Unknown);
        return true;
    }

    /// <summary>Values that it does not have, of parameters that it has.</summary>
    private static void Check(string name, ReadOnlySpan<byte> value, bool thinks, RequestRules rules, MapFindings findings)
    {
        if (name == "response_format" && rules.RefusesSchema && JsonText.Is(JsonMembers.Find(value, "type"u8), "json_schema"u8))
            findings.Refuse(name, "it binds no answer to a schema; json_object is what it has");
        if (name == "tool_choice" && rules.RefusesForcedToolsOfThinking && thinks && (JsonText.IsObject(value) || JsonText.Is(value, "required"u8)))
            findings.Refuse(name, "a model that thinks lets no tool be forced; disable its thinking, or leave the choice to it");
    }

    private static bool ThinkingIsOff(ReadOnlySpan<byte> body) =>
        JsonText.Is(JsonMembers.Find(JsonMembers.Find(body, "thinking"u8), "type"u8), "disabled"u8);

    /// <summary>What says no more than leaving it out.</summary>
    private static bool SaysNothing(string name, ReadOnlySpan<byte> value) => name switch
    {
        "n" => value.SequenceEqual("null"u8) || JsonText.Whole(value) == 1,
        "seed" => value.SequenceEqual("null"u8),
        "parallel_tool_calls" => !value.SequenceEqual("false"u8),
        "tool_choice" => value.SequenceEqual("null"u8) || JsonText.Is(value, "auto"u8),
        "service_tier" => JsonText.IsNothing(value) || JsonText.Is(value, "auto"u8) || JsonText.Is(value, "default"u8),
        "verbosity" => JsonText.IsNothing(value) || JsonText.Is(value, "medium"u8),
        _ => JsonText.IsNothing(value),
    };

    private static string NameOf(in JsonMembers member)
    {
        var raw = member.RawName;
        return raw.Contains((byte)'\\') ? JsonText.Read([(byte)'"', .. raw, (byte)'"']) ?? "" : Encoding.UTF8.GetString(raw);
    }

    private static void Name(ref JsonSink to, ref byte separator, ReadOnlySpan<byte> rawName)
    {
        to.Byte(separator);
        separator = (byte)',';
        to.Byte((byte)'"');
        to.Raw(rawName);
        to.Raw("\":"u8);
    }
}
