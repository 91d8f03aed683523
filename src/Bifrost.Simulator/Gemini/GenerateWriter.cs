using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Gemini;

/// <summary>Writes an answer as generated content, whole or as an event of a stream.</summary>
internal static class GenerateWriter
{
    public const string Thought = "First the simulator thinks.";
    public const string Signature = "c2ln";

    public static ReadOnlyMemory<byte> Whole(Answer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        json.WriteStartObject();
        json.WriteStartArray("candidates"u8);
        for (var choice = 0; choice < answer.Request.Choices; choice++)
        {
            json.WriteStartObject();
            json.WriteStartObject("content"u8);
            json.WriteStartArray("parts"u8);
            if (Thinks(answer)) WriteText(json, Encoding.UTF8.GetBytes(Thought), isThought: true);
            if (answer.ToolCalls.Count == 0) WriteText(json, answer.Text.Utf8, signature: Thinks(answer) ? Signature : null);
            for (var call = 0; call < answer.ToolCalls.Count; call++) WriteCall(json, answer, call);
            json.WriteEndArray();
            json.WriteString("role"u8, "model"u8);
            json.WriteEndObject();
            WriteEnd(json, answer, choice);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTail(json, answer, answer.Usage.Completion);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>One event of a choice.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="choice">The choice's number.</param>
    /// <param name="parts">Writes the parts; null: it has no content.</param>
    /// <param name="ends">Whether the choice ends with it.</param>
    /// <param name="completion">Output tokens so far.</param>
    public static void WriteEvent(Utf8JsonWriter json, Answer answer, int choice, Action<Utf8JsonWriter>? parts, bool ends, int completion)
    {
        json.WriteStartObject();
        json.WriteStartArray("candidates"u8);
        json.WriteStartObject();
        if (parts is not null)
        {
            json.WriteStartObject("content"u8);
            json.WriteStartArray("parts"u8);
            parts(json);
            json.WriteEndArray();
            json.WriteString("role"u8, "model"u8);
            json.WriteEndObject();
        }

        if (ends) WriteEnd(json, answer, choice);
        else json.WriteNumber("index"u8, choice);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteTail(json, answer, completion);
        json.WriteEndObject();
        json.Flush();
    }

    public static bool Thinks(Answer answer) => answer.Script.ReasoningTokens > 0 && !answer.Script.Hidden;

    public static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text, bool isThought = false, string? signature = null)
    {
        json.WriteStartObject();
        json.WriteString("text"u8, text);
        if (isThought) json.WriteBoolean("thought"u8, true);
        if (signature is not null) json.WriteString("thoughtSignature"u8, signature);
        json.WriteEndObject();
    }

    /// <summary>One call. The first of several alone is signed; newer models give ids.</summary>
    public static void WriteCall(Utf8JsonWriter json, Answer answer, int call)
    {
        json.WriteStartObject();
        json.WriteStartObject("functionCall"u8);
        if (RequestChecker.NeedsSignatures(answer.Request.Model)) json.WriteString("id"u8, $"{answer.IdStem[^8..]}{call}");
        json.WriteString("name"u8, answer.ToolCalls[call]);
        json.WritePropertyName("args"u8);
        json.WriteRawValue(AnswerMaker.ToolArguments);
        json.WriteEndObject();
        if (call == 0) json.WriteString("thoughtSignature"u8, Signature);
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, Answer answer, int choice)
    {
        var reason = answer.Script.Refusal ? "PROHIBITED_CONTENT"
            : answer.FinishReason switch { null => null, "length" => "MAX_TOKENS", "content_filter" => "SAFETY", _ => "STOP" };
        if (reason is not null) json.WriteString("finishReason"u8, reason);
        if (answer.Script.Refusal) json.WriteString("finishMessage"u8, "The simulator does not want to."u8);
        json.WriteNumber("index"u8, choice);
        if (answer.Script.Refusal || reason == "SAFETY") WriteRatings(json);
        if (answer.Script.Citations) WriteGrounding(json);
        if (answer.Request.Logprobs) WriteLogprobs(json);
    }

    private static void WriteRatings(Utf8JsonWriter json)
    {
        json.WriteStartArray("safetyRatings"u8);
        json.WriteStartObject();
        json.WriteString("category"u8, "HARM_CATEGORY_DANGEROUS_CONTENT"u8);
        json.WriteString("probability"u8, "HIGH"u8);
        json.WriteBoolean("blocked"u8, true);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteGrounding(Utf8JsonWriter json)
    {
        json.WriteStartObject("groundingMetadata"u8);
        json.WriteStartArray("webSearchQueries"u8);
        json.WriteStringValue("q"u8);
        json.WriteEndArray();
        json.WriteStartArray("groundingChunks"u8);
        json.WriteStartObject();
        json.WriteStartObject("web"u8);
        json.WriteString("uri"u8, "https://example.com/a"u8);
        json.WriteString("title"u8, "Simulated source"u8);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("groundingSupports"u8);
        json.WriteStartObject();
        json.WriteStartObject("segment"u8);
        json.WriteNumber("endIndex"u8, 3);
        json.WriteEndObject();
        json.WriteStartArray("groundingChunkIndices"u8);
        json.WriteNumberValue(0);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLogprobs(Utf8JsonWriter json)
    {
        json.WriteStartObject("logprobsResult"u8);
        json.WriteStartArray("chosenCandidates"u8);
        WriteToken(json);
        json.WriteEndArray();
        json.WriteStartArray("topCandidates"u8);
        json.WriteStartObject();
        json.WriteStartArray("candidates"u8);
        WriteToken(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("token"u8, "w"u8);
        json.WriteNumber("tokenId"u8, 7);
        json.WriteNumber("logProbability"u8, -0.25);
        json.WriteEndObject();
    }

    private static void WriteTail(Utf8JsonWriter json, Answer answer, int completion)
    {
        var (thoughts, prompt) = (Math.Min(answer.Usage.Reasoning, completion), answer.Usage.Prompt);
        json.WriteStartObject("usageMetadata"u8);
        json.WriteNumber("promptTokenCount"u8, prompt);
        json.WriteNumber("candidatesTokenCount"u8, completion - thoughts);
        json.WriteNumber("totalTokenCount"u8, prompt + completion);
        if (answer.Usage.Cached > 0) json.WriteNumber("cachedContentTokenCount"u8, answer.Usage.Cached);
        if (thoughts > 0) json.WriteNumber("thoughtsTokenCount"u8, thoughts);
        json.WriteStartArray("promptTokensDetails"u8);
        json.WriteStartObject();
        json.WriteString("modality"u8, "TEXT"u8);
        json.WriteNumber("tokenCount"u8, prompt);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("modelVersion"u8, answer.Request.Model);
        json.WriteString("responseId"u8, answer.IdStem);
    }
}
