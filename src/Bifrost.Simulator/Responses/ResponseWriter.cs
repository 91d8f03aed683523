using System.Buffers;
using System.Text.Json;
using Bifrost.Simulator.Answers;

namespace Bifrost.Simulator.Responses;

/// <summary>Writes an answer as a response of OpenAI's responses API, whole or as the events of a stream.</summary>
internal sealed class ResponseWriter(Answer answer)
{
    public const string Thought = "First the simulator thinks.";

    private int _sequence;

    public bool Thinks => answer.Script.ReasoningTokens > 0 && !answer.Script.Hidden;

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        write(json);
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>One event: its type, its number, and what it is about.</summary>
    public ReadOnlyMemory<byte> Event(string type, Action<Utf8JsonWriter> members) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        json.WriteNumber("sequence_number"u8, _sequence++);
        members(json);
        json.WriteEndObject();
    });

    /// <summary>The response, of which everything is known or nothing yet.</summary>
    public void Response(Utf8JsonWriter json, bool isWhole)
    {
        var isCut = answer.FinishReason is "length" or "content_filter";
        json.WriteStartObject();
        json.WriteString("id"u8, "resp_" + answer.IdStem);
        json.WriteString("object"u8, "response"u8);
        json.WriteNumber("created_at"u8, answer.Created);
        json.WriteString("status"u8, !isWhole ? "in_progress" : isCut ? "incomplete" : "completed");
        json.WriteNull("error"u8);
        json.WritePropertyName("incomplete_details"u8);
        if (isWhole && isCut)
        {
            json.WriteStartObject();
            json.WriteString("reason"u8, answer.FinishReason == "length" ? "max_output_tokens" : "content_filter");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNull("instructions"u8);
        json.WriteString("model"u8, answer.Request.Model);
        json.WriteStartArray("output"u8);
        if (isWhole) Output(json);
        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls"u8, true);
        json.WriteString("tool_choice"u8, "auto"u8);
        json.WriteStartArray("tools"u8);
        json.WriteEndArray();
        json.WriteNumber("temperature"u8, 1);
        json.WriteNumber("top_p"u8, 1);
        json.WriteStartObject("metadata"u8);
        json.WriteEndObject();
        json.WritePropertyName("usage"u8);
        if (isWhole) Usage(json);
        else json.WriteNullValue();
        json.WriteEndObject();
    }

    public void Reasoning(Utf8JsonWriter json, bool isWhole)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, "rs_" + answer.IdStem);
        json.WriteString("type"u8, "reasoning"u8);
        json.WriteString("encrypted_content"u8, isWhole ? "QkJCQg==" : "QUFBQQ==");
        json.WriteStartArray("summary"u8);
        if (isWhole)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "summary_text"u8);
            json.WriteString("text"u8, Thought);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Message(Utf8JsonWriter json, bool isWhole)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, "msg_" + answer.IdStem);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("status"u8, isWhole ? "completed"u8 : "in_progress"u8);
        json.WriteStartArray("content"u8);
        if (isWhole) Part(json, answer.Text.Utf8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Part(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, answer.Script.Refusal ? "refusal"u8 : "output_text"u8);
        json.WriteString(answer.Script.Refusal ? "refusal"u8 : "text"u8, text);
        if (!answer.Script.Refusal)
        {
            json.WriteStartArray("annotations"u8);
            if (answer.Script.Citations && text.Length > 0) Annotation(json);
            json.WriteEndArray();
            json.WriteStartArray("logprobs"u8);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    public static void Annotation(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "url_citation"u8);
        json.WriteNumber("start_index"u8, 0);
        json.WriteNumber("end_index"u8, 3);
        json.WriteString("url"u8, "https://example.com/a"u8);
        json.WriteString("title"u8, "Simulated source"u8);
        json.WriteEndObject();
    }

    public void Call(Utf8JsonWriter json, int call, bool isWhole)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, CallItemId(call));
        json.WriteString("type"u8, "function_call"u8);
        json.WriteString("status"u8, isWhole ? "completed"u8 : "in_progress"u8);
        json.WriteString("arguments"u8, isWhole ? AnswerMaker.ToolArguments : "");
        json.WriteString("call_id"u8, $"call_{answer.IdStem[^20..]}_{call}");
        json.WriteString("name"u8, answer.ToolCalls[call]);
        json.WriteEndObject();
    }

    public string CallItemId(int call) => $"fc_{answer.IdStem[^20..]}_{call}";

    private void Output(Utf8JsonWriter json)
    {
        if (Thinks) Reasoning(json, isWhole: true);
        if (answer.ToolCalls.Count == 0) Message(json, isWhole: true);
        for (var call = 0; call < answer.ToolCalls.Count; call++) Call(json, call, isWhole: true);
    }

    private void Usage(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("input_tokens"u8, answer.Usage.Prompt);
        json.WriteStartObject("input_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, answer.Usage.Cached);
        json.WriteEndObject();
        json.WriteNumber("output_tokens"u8, answer.Usage.Completion);
        json.WriteStartObject("output_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, answer.Usage.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens"u8, answer.Usage.Total);
        json.WriteEndObject();
    }
}
