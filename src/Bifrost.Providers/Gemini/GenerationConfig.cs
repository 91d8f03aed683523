using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>The parameters of an answer.</summary>
internal static class GenerationConfig
{
    private const int ChoicesMax = 8;
    private const int StopsMax = 5;
    private const int LogprobsMax = 20;
    private const int PenaltyEnd = 2;

    /// <param name="to">Where to.</param>
    /// <param name="fields">The request.</param>
    /// <param name="limit">The output limit; 0: none.</param>
    /// <param name="thinking">How the model is told to think.</param>
    /// <param name="hasFunctions">Whether functions are offered.</param>
    /// <param name="model">What the model takes.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static void Write(
        ref BodyWriter to,
        scoped in RequestFields fields,
        int limit,
        ThinkingPlan thinking,
        bool hasFunctions,
        GeminiModel model,
        MapFindings findings)
    {
        to.Json.Raw(",\"generationConfig\":{"u8);
        var any = false;
        if (limit > 0)
        {
            to.Member(ref any, "maxOutputTokens"u8);
            to.Json.Number(limit);
        }

        Copy(ref to, ref any, "temperature"u8, fields.Temperature);
        WriteTopP(ref to, ref any, fields.TopP, findings);
        if (!fields.TopK.IsEmpty)
        {
            if (JsonText.Whole(fields.TopK) is >= 1) Copy(ref to, ref any, "topK"u8, fields.TopK);
            else findings.Wrong("top_k", "`top_k` must be an integer of at least 1.");
        }

        WriteChoices(ref to, ref any, fields.Choices, model, findings);
        WriteStop(ref to, ref any, fields.Stop, findings);
        WriteSeed(ref to, ref any, fields.Seed, findings);
        WritePenalty(ref to, ref any, "frequencyPenalty"u8, "frequency_penalty", fields.FrequencyPenalty, model, findings);
        WritePenalty(ref to, ref any, "presencePenalty"u8, "presence_penalty", fields.PresencePenalty, model, findings);
        WriteLogprobs(ref to, ref any, fields, findings);
        ModalityMap.Write(ref to, ref any, fields.Modalities, fields.Audio, findings);
        ResponseFormat.Write(ref to, ref any, fields.ResponseFormat, hasFunctions, model, findings);
        thinking.Write(ref to, ref any);
        to.Json.Byte((byte)'}');
    }

    private static void Copy(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        to.Member(ref any, name);
        to.Json.Raw(value);
    }

    private static void WriteTopP(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> value, MapFindings findings)
    {
        if (value.IsEmpty) return;
        if (JsonText.Number(value) is >= 0 and <= 1) Copy(ref to, ref any, "topP"u8, value);
        else findings.Wrong("top_p", $"`top_p` must be a number from 0 to 1; got {JsonText.Shown(value)}.");
    }

    private static void WriteChoices(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> value, GeminiModel model, MapFindings findings)
    {
        if (JsonText.Whole(value) is not { } count || count == 1) return;
        if (model.OneChoice) findings.Drop("n", "this model answers with one choice alone");
        else if (count > ChoicesMax) findings.Drop("n", $"it answers with {ChoicesMax} choices at most");
        else Copy(ref to, ref any, "candidateCount"u8, value);
    }

    private static void WriteStop(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> stop, MapFindings findings)
    {
        if (JsonText.IsNothing(stop)) return;
        if (JsonText.IsText(stop))
        {
            to.Member(ref any, "stopSequences"u8);
            to.Json.Byte((byte)'[');
            to.Json.Raw(stop);
            to.Json.Byte((byte)']');
            return;
        }

        var count = 0;
        var items = new JsonItems(stop);
        while (items.Next())
        {
            if (JsonText.Inner(items.Value).IsEmpty)
            {
                findings.Drop("stop", "an empty stop sequence is refused there");
                continue;
            }

            if (count == StopsMax)
            {
                findings.Drop("stop", $"it takes {StopsMax} stop sequences at most");
                break;
            }

            if (count == 0)
            {
                to.Member(ref any, "stopSequences"u8);
                to.Json.Byte((byte)'[');
            }
            else
            {
                to.Json.Byte((byte)',');
            }

            to.Json.Raw(items.Value);
            count++;
        }

        if (count > 0) to.Json.Byte((byte)']');
    }

    private static void WriteSeed(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> value, MapFindings findings)
    {
        if (JsonText.Whole(value) is not { } seed) return;
        if (seed is < int.MinValue or > int.MaxValue) findings.Drop("seed", "it takes seeds of 32 bits");
        else Copy(ref to, ref any, "seed"u8, value);
    }

    private static void WritePenalty(
        ref BodyWriter to, ref bool any, ReadOnlySpan<byte> name, string param, ReadOnlySpan<byte> value, GeminiModel model, MapFindings findings)
    {
        if (JsonText.Number(value) is not { } penalty || penalty == 0) return;
        if (!model.TakesPenalties) findings.Drop(param, "this model takes no penalties");
        else if (penalty >= PenaltyEnd) findings.Drop(param, "it goes from -2 to below 2 there");
        else Copy(ref to, ref any, name, value);
    }

    private static void WriteLogprobs(ref BodyWriter to, ref bool any, scoped in RequestFields fields, MapFindings findings)
    {
        if (!fields.Logprobs.SequenceEqual("true"u8))
        {
            if (JsonText.Whole(fields.TopLogprobs) is > 0) findings.Wrong("top_logprobs", "`top_logprobs` needs `logprobs` to be true.");
            return;
        }

        to.Member(ref any, "responseLogprobs"u8);
        to.Json.Raw("true"u8);
        if (JsonText.Whole(fields.TopLogprobs) is not { } top) return;
        if (top > LogprobsMax) findings.Drop("top_logprobs", $"it goes from 0 to {LogprobsMax} there");
        else Copy(ref to, ref any, "logprobs"u8, fields.TopLogprobs);
    }
}
