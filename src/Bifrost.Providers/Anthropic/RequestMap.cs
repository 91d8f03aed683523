using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>Writes a chat completion request as one of Anthropic's messages.</summary>
internal static class RequestMap
{
    /// <summary>The beta that stored files need.</summary>
    public const string FilesBeta = "files-api-2025-04-14";

    /// <summary>Room beside the caller's bytes, so that most bodies are written without growing.</summary>
    private const int ExtraBytes = 512;

    private const double TopPOfThinking = 0.95;

    /// <summary>The body; of no meaning where the findings have a failure.</summary>
    /// <param name="call">The call; its body is a checked chat completion request.</param>
    /// <param name="model">What the model takes.</param>
    /// <param name="samples">Whether this version of the API takes sampling fields.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static ReadOnlyMemory<byte> Write(ProviderCall call, ClaudeModel model, bool samples, MapFindings findings)
    {
        var body = call.Body.Span;
        var fields = RequestFields.Read(body, findings);
        var limit = LimitOf(fields.OutputTokens, call.OutputTokensMax, model);
        var plan = ThinkingPlan.Of(fields, model, limit, call.OutputIsLowered, findings);
        var choice = ToolChoice.Read(fields, model, plan, findings);

        var buffer = new ArrayBufferWriter<byte>(body.Length + ExtraBytes);
        var to = new BodyWriter(buffer, body.Count("\"cache_control\""u8) - BodyWriter.BreakpointsMax);
        to.Json.Raw("{\"model\":"u8);
        to.Json.Quoted(call.Model);
        to.Json.Raw(",\"max_tokens\":"u8);
        to.Json.Number(limit);
        if (call.Stream) to.Json.Raw(",\"stream\":true"u8);
        plan.Write(ref to);
        WriteSampling(ref to, fields, samples && model.Samples, model.SamplesByOne, plan.IsOn, findings);
        WriteStop(ref to, fields.Stop, findings);
        WriteUser(ref to, fields, findings);
        WriteTier(ref to, fields.ServiceTier, findings);
        WriteNative(ref to, body);
        if (choice.HasTools && ToolMap.Write(ref to, fields.Tools, choice, model, findings)) choice.Write(ref to);

        MessageMap.Write(ref to, fields.Messages, ResponseFormat.Instruction(fields.ResponseFormat), call.Model, model, findings);
        to.Json.Byte((byte)'}');
        to.Json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>No higher than the model can write or the call was admitted with. A limit above the model's own binds nothing more.</summary>
    private static int LimitOf(int asked, int admitted, ClaudeModel model)
    {
        var limit = asked > 0 ? Math.Min(asked, model.OutputTokensMax) : model.OutputTokensMax;
        return admitted > 0 ? Math.Min(limit, admitted) : limit;
    }

    private static void WriteSampling(
        ref BodyWriter to, scoped in RequestFields fields, bool samples, bool byOne, bool thinks, MapFindings findings)
    {
        const string Fixed = "this model takes no sampling parameters";
        const string Thinks = "a model that thinks takes it at its default alone";
        var hasTemperature = false;
        if (JsonText.Number(fields.Temperature) is { } temperature && temperature != 1)
        {
            if (!samples) findings.Drop("temperature", Fixed);
            else if (thinks) findings.Drop("temperature", Thinks);
            else if (temperature > 1) findings.Drop("temperature", "it goes from 0 to 1 there");
            else
            {
                hasTemperature = true;
                to.Json.Raw(",\"temperature\":"u8);
                to.Json.Raw(fields.Temperature);
            }
        }

        if (JsonText.Number(fields.TopP) is { } topP && topP != 1)
        {
            if (!samples) findings.Drop("top_p", Fixed);
            else if (topP is < 0 or > 1) findings.Wrong("top_p", $"`top_p` must be a number from 0 to 1; got {JsonText.Shown(fields.TopP)}.");
            else if (thinks && topP < TopPOfThinking) findings.Drop("top_p", "a model that thinks takes it from 0.95 on");
            else if (hasTemperature && byOne) findings.Drop("top_p", "this model takes temperature or top_p, not both");
            else
            {
                to.Json.Raw(",\"top_p\":"u8);
                to.Json.Raw(fields.TopP);
            }
        }

        if (fields.TopK.IsEmpty) return;
        if (!samples) findings.Drop("top_k", Fixed);
        else if (thinks) findings.Drop("top_k", Thinks);
        else if (JsonText.Whole(fields.TopK) is not >= 0) findings.Wrong("top_k", "`top_k` must be an integer of at least 0.");
        else
        {
            to.Json.Raw(",\"top_k\":"u8);
            to.Json.Raw(fields.TopK);
        }
    }

    private static void WriteStop(ref BodyWriter to, ReadOnlySpan<byte> stop, MapFindings findings)
    {
        if (stop.IsEmpty || JsonText.IsNothing(stop)) return;
        var isOne = JsonText.IsText(stop);
        var any = false;
        var items = new JsonItems(isOne ? default : stop);
        while (isOne ? !any : items.Next())
        {
            var text = isOne ? stop : items.Value;
            if (JsonText.IsBlank(text))
            {
                findings.Drop("stop", "a stop sequence of white space alone is refused there");
                if (isOne) return;
                continue;
            }

            to.Json.Raw(any ? ","u8 : ",\"stop_sequences\":["u8);
            to.Json.Raw(text);
            any = true;
        }

        if (any) to.Json.Byte((byte)']');
    }

    private static void WriteUser(ref BodyWriter to, scoped in RequestFields fields, MapFindings findings)
    {
        var user = fields.User.IsEmpty ? fields.SafetyIdentifier : fields.User;
        var members = new JsonMembers(fields.Metadata);
        while (members.Next())
        {
            if (members.Is("user_id"u8) && members.IsText) user = members.Value;
            else findings.Drop("metadata", "it takes user_id alone");
        }

        if (user.IsEmpty) return;
        to.Json.Raw(",\"metadata\":{\"user_id\":"u8);
        to.Json.Raw(user);
        to.Json.Byte((byte)'}');
    }

    private static void WriteTier(ref BodyWriter to, ReadOnlySpan<byte> tier, MapFindings findings)
    {
        if (tier.IsEmpty) return;
        if (JsonText.Is(tier, "auto"u8)) to.Json.Raw(",\"service_tier\":\"auto\""u8);
        else if (JsonText.Is(tier, "default"u8) || JsonText.Is(tier, "standard_only"u8)) to.Json.Raw(",\"service_tier\":\"standard_only\""u8);
        else findings.Drop("service_tier", "it takes auto and default");
    }

    private static void WriteNative(ref BodyWriter to, ReadOnlySpan<byte> body)
    {
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.IsNull || !RequestFields.IsNative(members)) continue;
            to.Json.Raw(",\""u8);
            to.Json.Raw(members.RawName);
            to.Json.Raw("\":"u8);
            to.Json.Raw(members.Value);
        }
    }
}
