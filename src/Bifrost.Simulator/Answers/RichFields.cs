using System.Text.Json;

namespace Bifrost.Simulator.Answers;

/// <summary>The optional fields that some upstreams add: reasoning, annotations, audio, citations, search results, videos.</summary>
internal static class RichFields
{
    private static ReadOnlySpan<byte> Annotations =>
        """[{"type":"url_citation","url_citation":{"start_index":0,"end_index":3,"title":"Simulated source","url":"https://example.com/a"}}]"""u8;

    private static ReadOnlySpan<byte> Audio =>
        """{"id":"audio_sim","data":"UklGRg==","expires_at":1893456000,"transcript":"The simulator speaks."}"""u8;

    private static ReadOnlySpan<byte> Citations => """["https://example.com/a","https://example.com/b"]"""u8;

    private static ReadOnlySpan<byte> SearchResults =>
        """[{"title":"Simulated source","url":"https://example.com/a","date":"2026-01-02","last_updated":"2026-01-03","snippet":"Two.","source":"web"}]"""u8;

    private static ReadOnlySpan<byte> Videos =>
        """[{"url":"https://example.com/v","thumbnail_url":"https://example.com/t","thumbnail_width":320,"thumbnail_height":180,"duration":12}]"""u8;

    /// <summary>Into a message or a delta: what was thought before the answer.</summary>
    public static void WriteReasoning(Utf8JsonWriter json, Answer answer)
    {
        if (answer.Script.ReasoningTokens == 0 || answer.Script.Hidden) return;
        json.WriteString("reasoning"u8, "First the simulator thinks."u8);
        json.WriteStartArray("reasoning_details"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, "rs_sim"u8);
        json.WriteNumber("index"u8, 0);
        json.WriteString("type"u8, "reasoning.text"u8);
        json.WriteString("summary"u8, "Thought once."u8);
        json.WriteString("text"u8, "First the simulator thinks."u8);
        json.WriteString("signature"u8, "c2ln"u8);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>Into a message or a delta of a rich answer.</summary>
    public static void WriteMessage(Utf8JsonWriter json, Answer answer)
    {
        if (!answer.Script.Rich) return;
        json.WritePropertyName("annotations"u8);
        json.WriteRawValue(Annotations, skipInputValidation: true);
        json.WritePropertyName("audio"u8);
        json.WriteRawValue(Audio, skipInputValidation: true);
    }

    /// <summary>Beside the choices; a stream sends them on the chunk with the finish reason.</summary>
    public static void WriteTop(Utf8JsonWriter json, Answer answer)
    {
        if (!answer.Script.Citations) return;
        json.WritePropertyName("citations"u8);
        json.WriteRawValue(Citations, skipInputValidation: true);
        json.WritePropertyName("search_results"u8);
        json.WriteRawValue(SearchResults, skipInputValidation: true);
        if (!answer.Script.Rich) return;
        json.WritePropertyName("videos"u8);
        json.WriteRawValue(Videos, skipInputValidation: true);
    }
}
