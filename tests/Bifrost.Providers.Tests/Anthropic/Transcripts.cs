using System.Text;

namespace Bifrost.Providers.Tests.Anthropic;

/// <summary>Recorded streams, in the shape of public fixtures.</summary>
internal static class Transcripts
{
    public const string Overloaded = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""";
    public const string Stop = """{"type":"message_stop"}""";

    public const string TextStart = """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""";

    public static readonly string[] ThinkingTextAndTwoTools =
    [
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":30,"cache_read_input_tokens":100,"output_tokens":1}}}""",
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ok"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}""",
        """{"type":"content_block_stop","index":2}""",
        """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"g","input":{}}}""",
        """{"type":"content_block_stop","index":3}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":40,"output_tokens_details":{"thinking_tokens":7}}}""",
        Stop,
    ];

    /// <summary>What comes of it, chunk by chunk: what stands behind the same head in each.</summary>
    public static readonly string[] ExpectedOfIt =
    [
        """[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":142,"completion_tokens":1,"total_tokens":143,"prompt_tokens_details":{"cached_tokens":100,"cached_write_tokens":30}}}""",
        """[{"index":0,"delta":{"reasoning":"hm"},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"content":"ok"},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"toolu_2","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":null}]}""",
        """[{"index":0,"delta":{"content":"","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"c2ln","format":"anthropic-claude-v1","model":"claude-x","index":0}]},"finish_reason":"tool_calls","native_finish_reason":"tool_use"}],"usage":{"prompt_tokens":142,"completion_tokens":40,"total_tokens":182,"prompt_tokens_details":{"cached_tokens":100,"cached_write_tokens":30},"completion_tokens_details":{"reasoning_tokens":7}}}""",
    ];

    public const string Head = """{"id":"msg_1","object":"chat.completion.chunk","created":1,"model":"claude-x","choices":""";

    public static string Start(string usage = """{"input_tokens":3,"output_tokens":1}""", string content = "[]") =>
        $$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":{{{content}}},"stop_reason":null,"usage":{{{usage}}}}}""";

    public static string Text(string text, int index = 0) =>
        $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"text_delta","text":"{{{text}}}"}}""";

    public static string BlockStop(int index = 0) => $$"""{"type":"content_block_stop","index":{{index}}}""";

    public static string End(string reason = "end_turn", string more = "", string usage = """{"output_tokens":5}""") =>
        $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{reason}}}","stop_sequence":null{{{more}}}},"usage":{{{usage}}}}""";

    /// <summary>The events as they come: name, data, blank line.</summary>
    public static byte[] Framed(IEnumerable<string> events, string lineEnd = "\n", string comment = "")
    {
        var text = new StringBuilder();
        foreach (var json in events)
        {
            var name = System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("type").GetString();
            text.Append(comment).Append("event: ").Append(name).Append(lineEnd).Append("data: ").Append(json).Append(lineEnd).Append(lineEnd);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
