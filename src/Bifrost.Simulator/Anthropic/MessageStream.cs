using System.Buffers;
using System.Text;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Sends one answer as Anthropic's events, and lets its fault strike at its place.</summary>
internal sealed class MessageStream(Wire wire, Answer answer, BillLine line)
{
    private readonly ArrayBufferWriter<byte> _event = new();
    private FaultStrike _strike = null!;
    private int _block;

    public async Task RunAsync()
    {
        _strike = new FaultStrike(
            wire, answer, line, _ => Framed("error", MessageErrors.Of(529, null).Span), () => Framed("content_block_delta", "{\"type\":"u8));
        await SendAsync("message_start", MessageWriter.Start(answer));
        await SendAsync("ping", MessageWriter.Bare("ping"));
        if (MessageWriter.Thinks(answer)) await SendThinkingAsync();
        var isWhole = answer.ToolCalls.Count > 0 ? await SendCallsAsync() : await SendTextAsync();
        if (!isWhole || await StrikesAsync(int.MaxValue)) return;
        line.CompletionTokens = answer.Usage.Completion;
        line.ReasoningTokens = answer.Usage.Reasoning;
        if (answer.FinishReason is not null) await SendAsync("message_delta", MessageWriter.End(answer));
        line.UsageSent = true;
        if (answer.Script.Framing.Done != DoneStyle.None) await SendAsync("message_stop", MessageWriter.Bare("message_stop"));
    }

    private async Task SendThinkingAsync()
    {
        await SendAsync("content_block_start", MessageWriter.BlockStart(_block, json => MessageWriter.WriteThinking(json, "", "")));
        await SendAsync("content_block_delta", MessageWriter.Delta(_block, "thinking_delta", "thinking", Encoding.UTF8.GetBytes(MessageWriter.Thought)));
        await SendAsync("content_block_delta", MessageWriter.Delta(_block, "signature_delta", "signature", Encoding.UTF8.GetBytes(MessageWriter.Signature)));
        await SendAsync("content_block_stop", MessageWriter.BlockStop(_block++));
    }

    private async Task<bool> SendTextAsync()
    {
        await SendAsync("content_block_start", MessageWriter.BlockStart(_block, json => MessageWriter.WriteText(json, default, cites: false)));
        for (var chunk = 0; chunk < answer.Text.Chunks; chunk++)
        {
            if (await StrikesAsync(chunk)) return false;
            await SendAsync("content_block_delta", MessageWriter.Delta(_block, "text_delta", "text", answer.Text.Chunk(chunk).ToArray()));
            _strike.Count();
        }

        await SendAsync("content_block_stop", MessageWriter.BlockStop(_block++));
        return true;
    }

    private async Task<bool> SendCallsAsync()
    {
        for (var call = 0; call < answer.ToolCalls.Count; call++)
        {
            var number = call;
            await SendAsync("content_block_start", MessageWriter.BlockStart(_block, json => MessageWriter.WriteCall(json, answer, number, "{}")));
            if (await StrikesAsync(line.Chunks)) return false;
            var arguments = Encoding.UTF8.GetBytes(AnswerMaker.ToolArguments);
            await SendAsync("content_block_delta", MessageWriter.Delta(_block, "input_json_delta", "partial_json", default));
            await SendAsync("content_block_delta", MessageWriter.Delta(_block, "input_json_delta", "partial_json", arguments.AsMemory(0, 5)));
            await SendAsync("content_block_delta", MessageWriter.Delta(_block, "input_json_delta", "partial_json", arguments.AsMemory(5)));
            _strike.Count();
            await SendAsync("content_block_stop", MessageWriter.BlockStop(_block++));
        }

        return true;
    }

    private async Task<bool> StrikesAsync(int sent) => _strike.IsDue(sent) && await _strike.StrikeAsync();

    private ValueTask SendAsync(string name, ReadOnlyMemory<byte> json) => wire.SendAsync(Framed(name, json.Span));

    private ReadOnlyMemory<byte> Framed(string name, ReadOnlySpan<byte> json)
    {
        var framing = answer.Script.Framing;
        _event.ResetWrittenCount();
        var comment = framing.Comments ? ": the simulator is here" + framing.LineEnd : "";
        _event.Write(Encoding.UTF8.GetBytes($"{comment}event: {name}{framing.LineEnd}data: "));
        _event.Write(json);
        _event.Write(Encoding.UTF8.GetBytes(framing.LineEnd + framing.LineEnd));
        return _event.WrittenMemory;
    }
}
