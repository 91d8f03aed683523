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
    private readonly Fault? _fault = answer.Script.Fault;
    private int _block;

    public async Task RunAsync()
    {
        line.CompletionTokens = line.ReasoningTokens = 0;
        await wire.BeginAsync(StatusCodes.Status200OK, "text/event-stream; charset=utf-8");
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
            Count();
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
            Count();
            await SendAsync("content_block_stop", MessageWriter.BlockStop(_block++));
        }

        return true;
    }

    private void Count()
    {
        line.Chunks++;
        line.Reach = BillReach.Chunks;
        line.CompletionTokens = Tokens.Share(answer.Usage.Completion, line.Chunks, answer.Chunks);
        line.ReasoningTokens = Math.Min(answer.Usage.Reasoning, line.CompletionTokens);
    }

    /// <summary>Whether the fault struck, once so many chunks were sent.</summary>
    private async Task<bool> StrikesAsync(int sent)
    {
        if (_fault is not { IsWithinAnswer: true } || sent < _fault.After || line.Outcome == BillOutcome.Faulted) return false;
        line.Outcome = BillOutcome.Faulted;
        switch (_fault.Kind)
        {
            case FaultKind.ResetAfter:
                await wire.ResetAsync();
                break;
            case FaultKind.CloseAfter:
                await wire.CloseAsync();
                break;
            case FaultKind.StallAfter:
                await wire.HangAsync();
                break;
            case FaultKind.ErrorAfter:
                await SendAsync("error", MessageErrors.Of(529, null));
                break;
        }

        return true;
    }

    private async Task SendAsync(string name, ReadOnlyMemory<byte> json)
    {
        var framing = answer.Script.Framing;
        _event.ResetWrittenCount();
        var comment = framing.Comments ? ": the simulator is here" + framing.LineEnd : "";
        _event.Write(Encoding.UTF8.GetBytes($"{comment}event: {name}{framing.LineEnd}data: "));
        _event.Write(json.Span);
        _event.Write(Encoding.UTF8.GetBytes(framing.LineEnd + framing.LineEnd));
        await wire.SendAsync(_event.WrittenMemory);
    }
}
