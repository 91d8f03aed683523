using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Responses;

/// <summary>Sends one answer as the events of a response, and lets its fault strike at its place.</summary>
internal sealed class ResponseStream(Wire wire, Answer answer, BillLine line)
{
    private readonly ResponseWriter _writer = new(answer);
    private readonly ArrayBufferWriter<byte> _event = new();
    private FaultStrike _strike = null!;
    private int _place;

    public async Task RunAsync()
    {
        _strike = new FaultStrike(wire, answer, line, _ => Framed("error", Error), () => Framed("response.output_text.delta", "{\"type\":"u8));
        await SendAsync("response.created", json => Response(json, isWhole: false));
        await SendAsync("response.in_progress", json => Response(json, isWhole: false));
        if (_writer.Thinks) await SendThinkingAsync();
        var isWhole = answer.ToolCalls.Count > 0 ? await SendCallsAsync() : await SendTextAsync();
        if (!isWhole || await StrikesAsync(int.MaxValue)) return;
        line.CompletionTokens = answer.Usage.Completion;
        line.ReasoningTokens = answer.Usage.Reasoning;
        line.UsageSent = true;
        if (answer.Script.Framing.Done == DoneStyle.None) return;
        var isCut = answer.FinishReason is "length" or "content_filter";
        await SendAsync(isCut ? "response.incomplete" : "response.completed", json => Response(json, isWhole: true));
    }

    private async Task SendThinkingAsync()
    {
        await SendAsync("response.output_item.added", json => Item(json, () => _writer.Reasoning(json, isWhole: false)));
        await SendAsync("response.reasoning_summary_text.delta", json =>
        {
            Place(json, "rs_" + answer.IdStem);
            json.WriteNumber("summary_index"u8, 0);
            json.WriteString("delta"u8, ResponseWriter.Thought);
        });
        await SendAsync("response.output_item.done", json => Item(json, () => _writer.Reasoning(json, isWhole: true)));
        _place++;
    }

    private async Task<bool> SendTextAsync()
    {
        var isRefusal = answer.Script.Refusal;
        await SendAsync("response.output_item.added", json => Item(json, () => _writer.Message(json, isWhole: false)));
        await SendAsync("response.content_part.added", json => Content(json, () =>
        {
            json.WritePropertyName("part"u8);
            _writer.Part(json, default);
        }));
        for (var chunk = 0; chunk < answer.Text.Chunks; chunk++)
        {
            if (await StrikesAsync(chunk)) return false;
            var text = answer.Text.Chunk(chunk).ToArray();
            await SendAsync(isRefusal ? "response.refusal.delta" : "response.output_text.delta", json => Content(json, () =>
            {
                json.WriteString("delta"u8, text);
                if (!isRefusal) json.WriteStartArray("logprobs"u8);
                if (!isRefusal) json.WriteEndArray();
            }));
            _strike.Count();
        }

        if (answer.Script.Citations)
        {
            await SendAsync("response.output_text.annotation.added", json => Content(json, () =>
            {
                json.WriteNumber("annotation_index"u8, 0);
                json.WritePropertyName("annotation"u8);
                ResponseWriter.Annotation(json);
            }));
        }

        await SendAsync(isRefusal ? "response.refusal.done" : "response.output_text.done", json => Content(json, () =>
        {
            json.WriteString(isRefusal ? "refusal"u8 : "text"u8, answer.Text.Utf8);
            if (!isRefusal) json.WriteStartArray("logprobs"u8);
            if (!isRefusal) json.WriteEndArray();
        }));
        await SendAsync("response.content_part.done", json => Content(json, () =>
        {
            json.WritePropertyName("part"u8);
            _writer.Part(json, answer.Text.Utf8);
        }));
        await SendAsync("response.output_item.done", json => Item(json, () => _writer.Message(json, isWhole: true)));
        return true;
    }

    private async Task<bool> SendCallsAsync()
    {
        for (var call = 0; call < answer.ToolCalls.Count; call++)
        {
            var number = call;
            await SendAsync("response.output_item.added", json => Item(json, () => _writer.Call(json, number, isWhole: false)));
            if (await StrikesAsync(line.Chunks)) return false;
            foreach (var piece in (string[])[AnswerMaker.ToolArguments[..5], AnswerMaker.ToolArguments[5..]])
            {
                await SendAsync("response.function_call_arguments.delta", json =>
                {
                    Place(json, _writer.CallItemId(number));
                    json.WriteString("delta"u8, piece);
                });
            }

            _strike.Count();
            await SendAsync("response.function_call_arguments.done", json =>
            {
                Place(json, _writer.CallItemId(number));
                json.WriteString("name"u8, answer.ToolCalls[number]);
                json.WriteString("arguments"u8, AnswerMaker.ToolArguments);
            });
            await SendAsync("response.output_item.done", json => Item(json, () => _writer.Call(json, number, isWhole: true)));
            _place++;
        }

        return true;
    }

    private void Response(Utf8JsonWriter json, bool isWhole)
    {
        json.WritePropertyName("response"u8);
        _writer.Response(json, isWhole);
    }

    private void Item(Utf8JsonWriter json, Action item)
    {
        json.WriteNumber("output_index"u8, _place);
        json.WritePropertyName("item"u8);
        item();
    }

    private void Place(Utf8JsonWriter json, string itemId)
    {
        json.WriteString("item_id"u8, itemId);
        json.WriteNumber("output_index"u8, _place);
    }

    private void Content(Utf8JsonWriter json, Action members)
    {
        Place(json, "msg_" + answer.IdStem);
        json.WriteNumber("content_index"u8, 0);
        members();
    }

    private async Task<bool> StrikesAsync(int sent) => _strike.IsDue(sent) && await _strike.StrikeAsync();

    private static void Error(Utf8JsonWriter json)
    {
        json.WriteString("code"u8, "server_error"u8);
        json.WriteString("message"u8, "The server had an error while answering."u8);
        json.WriteNull("param"u8);
    }

    private ValueTask SendAsync(string type, Action<Utf8JsonWriter> members) => wire.SendAsync(Framed(type, members));

    private ReadOnlyMemory<byte> Framed(string type, Action<Utf8JsonWriter> members) => Framed(type, _writer.Event(type, members).Span);

    private ReadOnlyMemory<byte> Framed(string type, ReadOnlySpan<byte> json)
    {
        var framing = answer.Script.Framing;
        _event.ResetWrittenCount();
        var comment = framing.Comments ? ": the simulator is here" + framing.LineEnd : "";
        _event.Write(Encoding.UTF8.GetBytes($"{comment}event: {type}{framing.LineEnd}data: "));
        _event.Write(json);
        _event.Write(Encoding.UTF8.GetBytes(framing.LineEnd + framing.LineEnd));
        return _event.WrittenMemory;
    }
}
