using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Anthropic;

/// <summary>The members of a request's body that have an equivalent, as they stand; empty where a member is missing or null.</summary>
internal ref struct RequestFields
{
    public ReadOnlySpan<byte> Messages, Tools, ToolChoice, ParallelToolCalls, ResponseFormat, Effort, Thinking, Temperature, TopP, TopK, Stop, ServiceTier;
    public ReadOnlySpan<byte> User, Metadata, SafetyIdentifier;

    /// <summary>The larger of the two output limits; 0: none is named.</summary>
    public int OutputTokens;

    /// <summary>Reads them; what has no equivalent and says something is a finding.</summary>
    public static RequestFields Read(ReadOnlySpan<byte> body, MapFindings findings)
    {
        var fields = default(RequestFields);
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.IsNull) continue;
            var value = members.Value;
            if (members.Is("messages"u8)) fields.Messages = value;
            else if (members.Is("tools"u8)) fields.Tools = value;
            else if (members.Is("tool_choice"u8)) fields.ToolChoice = value;
            else if (members.Is("parallel_tool_calls"u8)) fields.ParallelToolCalls = value;
            else if (members.Is("response_format"u8)) fields.ResponseFormat = value;
            else if (members.Is("reasoning_effort"u8)) fields.Effort = value;
            else if (members.Is("thinking"u8)) fields.Thinking = value;
            else if (members.Is("temperature"u8)) fields.Temperature = value;
            else if (members.Is("top_p"u8)) fields.TopP = value;
            else if (members.Is("top_k"u8)) fields.TopK = value;
            else if (members.Is("stop"u8)) fields.Stop = value;
            else if (members.Is("service_tier"u8)) fields.ServiceTier = value;
            else if (members.Is("user"u8)) fields.User = value;
            else if (members.Is("metadata"u8)) fields.Metadata = value;
            else if (members.Is("safety_identifier"u8)) fields.SafetyIdentifier = value;
            else if (members.Is("max_tokens"u8) || members.Is("max_completion_tokens"u8))
                fields.OutputTokens = Math.Max(fields.OutputTokens, (int)Math.Min(int.MaxValue, JsonText.Whole(value) ?? 0));
            else if (!PlainMembers.IsOfGateway(members) && !IsNative(members) && !PlainMembers.IsHarmless(members))
                findings.Drop(JsonText.Shown(members.RawName), "it has no equivalent");
        }

        return fields;
    }

    /// <summary>Fields of Anthropic's own that go through as they stand.</summary>
    public static bool IsNative(in JsonMembers member) =>
        member.Is("cache_control"u8) || member.Is("container"u8) || member.Is("context_management"u8) || member.Is("inference_geo"u8)
        || member.Is("speed"u8) || member.Is("mcp_servers"u8);
}
