using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Writes an answer as one of Anthropic's messages, whole or as the events of a stream.</summary>
internal static class MessageWriter
{
    public const string Thought = "First the simulator thinks.";
    public const string Signature = "c2ln";

    /// <summary>The whole message.</summary>
    public static ReadOnlyMemory<byte> Whole(Answer answer) => Write(json =>
    {
        WriteHead(json, answer);
        json.WriteStartArray("content"u8);
        if (Thinks(answer)) WriteThinking(json, Thought, Signature);
        if (answer.ToolCalls.Count == 0 && answer.Text.Utf8.Length > 0) WriteText(json, answer.Text.Utf8, answer.Script.Citations);
        for (var call = 0; call < answer.ToolCalls.Count; call++) WriteCall(json, answer, call, AnswerMaker.ToolArguments);
        json.WriteEndArray();
        WriteReason(json, answer);
        json.WritePropertyName("usage"u8);
        WriteUsage(json, answer, answer.Usage.Completion);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Start(Answer answer) => Write(json =>
    {
        Begin(json, "message_start");
        json.WritePropertyName("message"u8);
        WriteHead(json, answer);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        json.WritePropertyName("usage"u8);
        WriteUsage(json, answer, completion: 1);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> BlockStart(int index, Action<Utf8JsonWriter> block) => Write(json =>
    {
        Begin(json, "content_block_start");
        json.WriteNumber("index"u8, index);
        json.WritePropertyName("content_block"u8);
        block(json);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Delta(int index, string type, string member, ReadOnlyMemory<byte> value) => Write(json =>
    {
        Begin(json, "content_block_delta");
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
        json.WriteString("type"u8, type);
        json.WriteString(member, value.Span);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> BlockStop(int index) => Write(json =>
    {
        Begin(json, "content_block_stop");
        json.WriteNumber("index"u8, index);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> End(Answer answer) => Write(json =>
    {
        Begin(json, "message_delta");
        json.WriteStartObject("delta"u8);
        WriteReason(json, answer);
        json.WriteEndObject();
        json.WritePropertyName("usage"u8);
        WriteUsage(json, answer, answer.Usage.Completion);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Bare(string type) => Write(json =>
    {
        Begin(json, type);
        json.WriteEndObject();
    });

    public static bool Thinks(Answer answer) => answer.Script.ReasoningTokens > 0 && !answer.Script.Hidden;

    public static void WriteThinking(Utf8JsonWriter json, string text, string signature)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "thinking"u8);
        json.WriteString("thinking"u8, text);
        json.WriteString("signature"u8, signature);
        json.WriteEndObject();
    }

    public static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text, bool cites)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        json.WriteString("text"u8, text);
        if (cites)
        {
            json.WriteStartArray("citations"u8);
            json.WriteStartObject();
            json.WriteString("type"u8, "web_search_result_location"u8);
            json.WriteString("url"u8, "https://example.com/a"u8);
            json.WriteString("title"u8, "Simulated source"u8);
            json.WriteString("cited_text"u8, "Two."u8);
            json.WriteString("encrypted_index"u8, "abc"u8);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    public static void WriteCall(Utf8JsonWriter json, Answer answer, int call, string input)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "tool_use"u8);
        json.WriteString("id"u8, $"toolu_{answer.IdStem[^20..]}_{call}");
        json.WriteString("name"u8, answer.ToolCalls[call]);
        json.WritePropertyName("input"u8);
        json.WriteRawValue(input);
        json.WriteStartObject("caller"u8);
        json.WriteString("type"u8, "direct"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
    }

    private static void WriteHead(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, "msg_" + answer.IdStem);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, answer.Request.Model);
    }

    private static void WriteReason(Utf8JsonWriter json, Answer answer)
    {
        var reason = answer.Script.Refusal ? "refusal" : answer.FinishReason switch { "tool_calls" => "tool_use", "length" => "max_tokens", _ => "end_turn" };
        json.WriteString("stop_reason"u8, reason);
        json.WriteNull("stop_sequence"u8);
        if (!answer.Script.Refusal) return;
        json.WriteStartObject("stop_details"u8);
        json.WriteString("type"u8, "refusal"u8);
        json.WriteString("category"u8, "cyber"u8);
        json.WriteString("explanation"u8, "The simulator does not want to."u8);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, Answer answer, int completion)
    {
        json.WriteStartObject();
        json.WriteNumber("input_tokens"u8, answer.Usage.Prompt - answer.Usage.Cached);
        json.WriteNumber("cache_creation_input_tokens"u8, 0);
        json.WriteNumber("cache_read_input_tokens"u8, answer.Usage.Cached);
        json.WriteStartObject("cache_creation"u8);
        json.WriteNumber("ephemeral_5m_input_tokens"u8, 0);
        json.WriteNumber("ephemeral_1h_input_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, completion);
        if (answer.Usage.Reasoning > 0)
        {
            json.WriteStartObject("output_tokens_details"u8);
            json.WriteNumber("thinking_tokens"u8, Math.Min(answer.Usage.Reasoning, completion));
            json.WriteEndObject();
        }

        json.WriteString("service_tier"u8, "standard"u8);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        write(json);
        json.Flush();
        return buffer.WrittenMemory;
    }
}
