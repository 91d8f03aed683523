using System.Buffers;
using Bifrost.Calls.Contracts;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Writes a chat completion request as one for generated content.</summary>
internal static class RequestMap
{
    /// <summary>Room beside the caller's bytes, so that most bodies are written without growing.</summary>
    private const int ExtraBytes = 512;

    /// <summary>The body; of no meaning where the findings have a failure.</summary>
    /// <param name="call">The call; its body is a checked chat completion request.</param>
    /// <param name="about">What it is mapped by.</param>
    public static ReadOnlyMemory<byte> Write(ProviderCall call, RequestAbout about)
    {
        var (model, findings) = (about.Model, about.Findings);
        var body = call.Body.Span;
        var fields = RequestFields.Read(body, findings);
        var limit = LimitOf(fields.OutputTokens, call, model);
        var thinking = ThinkingPlan.Of(fields.Effort, model, limit, call.OutputIsLowered, findings);

        var buffer = new ArrayBufferWriter<byte>(body.Length + ExtraBytes);
        var to = new BodyWriter(buffer);
        MessageMap.Write(ref to, fields.Messages, about);
        var tools = ToolMap.Write(ref to, fields.Tools, about.Names, model, findings);
        if (tools.HasFunctions) ToolChoice.Read(fields.ToolChoice, findings).Write(ref to, about.Names, tools.IsStrict, tools.HasOwn);
        WriteTier(ref to, fields.ServiceTier, about);
        Copy(ref to, ",\"safetySettings\":"u8, fields.SafetySettings);
        Copy(ref to, ",\"cachedContent\":"u8, fields.CachedContent);
        GenerationConfig.Write(ref to, fields, limit, thinking, tools.HasFunctions, model, findings);
        to.Json.Byte((byte)'}');
        to.Json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>
    /// No higher than the model can write, or the call was admitted with; 0 where neither names one. A limit above the model's own binds nothing more,
    /// unless it is for an answer over several requests.
    /// </summary>
    private static int LimitOf(int asked, ProviderCall call, GeminiModel model)
    {
        var most = call.Stream || model.PlainOutputTokensMax == 0 ? model.OutputTokensMax : model.PlainOutputTokensMax;
        var limit = asked;
        if (call.OutputTokensMax > 0) limit = limit > 0 ? Math.Min(limit, call.OutputTokensMax) : call.OutputTokensMax;
        return most > 0 && limit > most && !(model.Continues && call.Stream) ? most : limit;
    }

    private static void WriteTier(ref BodyWriter to, ReadOnlySpan<byte> tier, RequestAbout about)
    {
        if (tier.IsEmpty || JsonText.Is(tier, "auto"u8)) return;
        var isPlain = JsonText.Is(tier, "default"u8) || JsonText.Is(tier, "standard"u8);
        if (!about.Place.TakesTiers)
        {
            if (!isPlain) about.Findings.Drop("service_tier", "it takes auto and default");
        }
        else if (isPlain) to.Json.Raw(",\"serviceTier\":\"standard\""u8);
        else if (JsonText.Is(tier, "flex"u8)) to.Json.Raw(",\"serviceTier\":\"flex\""u8);
        else if (JsonText.Is(tier, "priority"u8)) to.Json.Raw(",\"serviceTier\":\"priority\""u8);
        else about.Findings.Drop("service_tier", "it takes auto, default, flex and priority");
    }

    private static void Copy(ref BodyWriter to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        to.Json.Raw(name);
        to.Json.Raw(value);
    }
}
