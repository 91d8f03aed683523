using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;

namespace Bifrost.Simulator.Gemini;

/// <summary>Sends one answer as a stream of generated content, and lets its fault strike at its place. There is no end mark.</summary>
internal sealed class GenerateStream(Wire wire, Answer answer, BillLine line) : IDisposable
{
    private readonly EventFrame _frame = new(answer.Script.Framing);

    public void Dispose() => _frame.Dispose();

    public async Task RunAsync()
    {
        var strike = new FaultStrike(
            wire, answer, line, _ => _frame.Take(GenerateErrors.Of(503, null).Span), () => _frame.Take("""{"candidates":[{"content":{"parts":[{"te"""u8));
        for (var choice = 0; choice < answer.Request.Choices && GenerateWriter.Thinks(answer); choice++)
            await SendAsync(choice, json => GenerateWriter.WriteText(json, Encoding.UTF8.GetBytes(GenerateWriter.Thought), isThought: true));
        var chunks = answer.ToolCalls.Count > 0 ? 1 : answer.Text.Chunks;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            for (var choice = 0; choice < answer.Request.Choices; choice++)
            {
                if (strike.IsDue(line.Chunks) && await strike.StrikeAsync()) return;
                var number = chunk;
                await SendAsync(choice, json => WriteParts(json, number));
                strike.Count();
            }
        }

        if (strike.IsDue(int.MaxValue) && await strike.StrikeAsync()) return;
        line.CompletionTokens = answer.Usage.Completion;
        line.ReasoningTokens = answer.Usage.Reasoning;
        line.UsageSent = true;
        var signature = GenerateWriter.Thinks(answer) ? GenerateWriter.Signature : null;
        for (var choice = 0; choice < answer.Request.Choices && answer.FinishReason is not null; choice++)
            await SendAsync(choice, json => GenerateWriter.WriteText(json, default, signature: signature), ends: true);
    }

    /// <summary>All calls come whole, in one event.</summary>
    private void WriteParts(Utf8JsonWriter json, int chunk)
    {
        if (answer.ToolCalls.Count == 0) GenerateWriter.WriteText(json, answer.Text.Chunk(chunk));
        for (var call = 0; call < answer.ToolCalls.Count; call++) GenerateWriter.WriteCall(json, answer, call);
    }

    private ValueTask SendAsync(int choice, Action<Utf8JsonWriter> parts, bool ends = false)
    {
        GenerateWriter.WriteEvent(_frame.Json(), answer, choice, parts, ends, ends ? answer.Usage.Completion : line.CompletionTokens);
        return wire.SendAsync(_frame.Take());
    }
}
