using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>The members of a request's body that have an equivalent, as they stand; empty where a member is missing or null.</summary>
internal ref struct RequestFields
{
    public ReadOnlySpan<byte> Messages, Tools, ToolChoice, ResponseFormat, Effort, Temperature, TopP, TopK, Stop, Seed, Choices, ServiceTier;
    public ReadOnlySpan<byte> FrequencyPenalty, PresencePenalty, Logprobs, TopLogprobs, Modalities, Audio, SafetySettings, CachedContent;

    /// <summary>The larger of the two output limits; 0: none is named.</summary>
    public int OutputTokens;

    /// <summary>Reads them; what has no equivalent and says something is a finding.</summary>
    public static RequestFields Read(ReadOnlySpan<byte> body, MapFindings findings)
    {
        var fields = default(RequestFields);
        var oneAtATime = false;
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.IsNull) continue;
            var value = members.Value;
            if (members.Is("messages"u8)) fields.Messages = value;
            else if (members.Is("tools"u8)) fields.Tools = value;
            else if (members.Is("tool_choice"u8)) fields.ToolChoice = value;
            else if (members.Is("response_format"u8)) fields.ResponseFormat = value;
            else if (members.Is("reasoning_effort"u8)) fields.Effort = value;
            else if (members.Is("temperature"u8)) fields.Temperature = value;
            else if (members.Is("top_p"u8)) fields.TopP = value;
            else if (members.Is("top_k"u8)) fields.TopK = value;
            else if (members.Is("stop"u8)) fields.Stop = value;
            else if (members.Is("seed"u8)) fields.Seed = value;
            else if (members.Is("n"u8)) fields.Choices = value;
            else if (members.Is("parallel_tool_calls"u8)) oneAtATime = value.SequenceEqual("false"u8);
            else if (members.Is("service_tier"u8)) fields.ServiceTier = value;
            else if (members.Is("max_tokens"u8) || members.Is("max_completion_tokens"u8))
                fields.OutputTokens = Math.Max(fields.OutputTokens, (int)Math.Min(int.MaxValue, JsonText.Whole(value) ?? 0));
            else if (!fields.TryRead(members, value) && !IsSilent(members) && !PlainMembers.IsHarmless(members))
                findings.Drop(JsonText.Shown(members.RawName), "it has no equivalent");
        }

        if (oneAtATime && JsonItems.Count(fields.Tools) > 0) findings.Drop("parallel_tool_calls", "it cannot be kept to one call at a time");
        return fields;
    }

    private bool TryRead(in JsonMembers member, ReadOnlySpan<byte> value)
    {
        if (member.Is("frequency_penalty"u8)) FrequencyPenalty = value;
        else if (member.Is("presence_penalty"u8)) PresencePenalty = value;
        else if (member.Is("logprobs"u8)) Logprobs = value;
        else if (member.Is("top_logprobs"u8)) TopLogprobs = value;
        else if (member.Is("modalities"u8)) Modalities = value;
        else if (member.Is("audio"u8)) Audio = value;
        else if (member.Is("safety_settings"u8) || member.Is("safetySettings"u8)) SafetySettings = value;
        else if (member.Is("cached_content"u8) || member.Is("cachedContent"u8)) CachedContent = value;
        else return false;
        return true;
    }

    /// <summary>What the gateway has read, and names of the user, which are for the provider's own records.</summary>
    private static bool IsSilent(in JsonMembers member) =>
        PlainMembers.IsOfGateway(member) || member.Is("user"u8) || member.Is("safety_identifier"u8);
}
