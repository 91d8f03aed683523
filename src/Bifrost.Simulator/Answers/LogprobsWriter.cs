using System.Text.Json;

namespace Bifrost.Simulator.Answers;

/// <summary>Writes <c>logprobs</c>: one entry for each content chunk, which stands for a token here.</summary>
internal static class LogprobsWriter
{
    private const double Logprob = -0.25;

    /// <summary>The property for the chunks from <paramref name="first"/> on, or null where the request did not ask for it.</summary>
    public static void Write(Utf8JsonWriter json, Answer answer, int first, int count)
    {
        if (!answer.Request.Logprobs || answer.ToolCalls.Count > 0)
        {
            json.WriteNull("logprobs"u8);
            return;
        }
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        for (var chunk = first; chunk < first + count; chunk++) WriteToken(json, answer.Text.Chunk(chunk), answer.Request.TopLogprobs);
        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, ReadOnlySpan<byte> token, int alternatives)
    {
        json.WriteStartObject();
        WriteEntry(json, token, Logprob);
        json.WriteStartArray("top_logprobs"u8);
        for (var i = 0; i < alternatives; i++)
        {
            json.WriteStartObject();
            WriteEntry(json, i == 0 ? token : "other"u8, Logprob * (i + 1));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, ReadOnlySpan<byte> token, double logprob)
    {
        json.WriteString("token"u8, token);
        json.WriteNumber("logprob"u8, logprob);
        json.WriteStartArray("bytes"u8);
        foreach (var value in token) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
