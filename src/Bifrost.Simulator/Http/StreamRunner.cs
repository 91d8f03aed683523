using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Sends one answer as an event stream, and lets its fault strike at its place.</summary>
internal sealed class StreamRunner(Wire wire, Answer answer, BillLine line, TimeProvider time) : IDisposable
{
    private readonly EventFrame _frame = new(answer.Script.Framing);
    private FaultStrike? _strike;
    private bool _ended;

    public void Dispose() => _frame.Dispose();

    public async Task RunAsync()
    {
        _strike = new FaultStrike(
            wire, answer, line, Error, () => _frame.Take("""{"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":"half a"""u8));
        line.CompletionTokens = line.ReasoningTokens = 0;
        await BeginAsync();
        wire.Response.Headers.CacheControl = "no-cache";
        if (answer.Script.Fault?.Kind == FaultKind.ResetAfterHeaders)
        {
            await wire.FlushHeadersAsync();
            line.Outcome = BillOutcome.Faulted;
            await wire.ResetAsync();
            return;
        }
        await SendOpeningAsync();
        await SendContentAsync();
        if (!_ended && _strike.IsDue(int.MaxValue)) _ended = await _strike.StrikeAsync();
        if (!_ended) await SendEndingAsync();
    }

    /// <summary>Hidden reasoning goes on while the client waits for the first byte, and is charged as far as it came.</summary>
    private async Task BeginAsync()
    {
        var begun = time.GetTimestamp();
        try
        {
            await wire.BeginAsync(StatusCodes.Status200OK, "text/event-stream; charset=utf-8");
            if (answer.Script.Hidden) line.CompletionTokens = line.ReasoningTokens = answer.Usage.Reasoning;
        }
        catch (OperationCanceledException) when (answer.Script.Hidden)
        {
            var share = time.GetElapsedTime(begun).TotalMilliseconds / Math.Max(1, answer.Script.Timing.DelayMs + answer.Script.Timing.LateMs);
            line.CompletionTokens = line.ReasoningTokens = (int)Math.Ceiling(answer.Usage.Reasoning * Math.Min(1, share));
            throw;
        }
    }

    private async Task SendOpeningAsync()
    {
        for (var choice = 0; choice < answer.Request.Choices; choice++)
        {
            ChunkWriter.WriteRole(_frame.Json(), answer, choice);
            await wire.SendAsync(_frame.Take());
            if (answer.Script.ReasoningTokens == 0 || answer.Script.Hidden) continue;
            ChunkWriter.WriteReasoning(_frame.Json(), answer, choice);
            await wire.SendAsync(_frame.Take());
        }
    }

    private async Task SendContentAsync()
    {
        var begun = time.GetTimestamp();
        var pace = TimeSpan.FromMilliseconds(answer.Script.Timing.PaceMs);
        for (var chunk = 0; chunk < answer.ChunksOfChoice; chunk++)
        {
            if (pace > TimeSpan.Zero) await wire.WaitAsync(pace * chunk - time.GetElapsedTime(begun));
            for (var choice = 0; choice < answer.Request.Choices; choice++)
            {
                if (_strike!.IsDue(line.Chunks)) _ended = await _strike.StrikeAsync();
                if (_ended) return;
                ChunkWriter.WriteContent(_frame.Json(), answer, choice, chunk, line.Chunks);
                await wire.SendAsync(_frame.Take());
                _strike.Count(answer.Script.Hidden ? answer.Usage.Reasoning : 0);
            }
        }
    }

    private ReadOnlyMemory<byte> Error(Fault fault)
    {
        line.UsageSent |= fault.Charged;
        return _frame.Take(ErrorBodies.Within(fault.Charged ? answer : null, line.CompletionTokens).Span);
    }

    private async Task SendEndingAsync()
    {
        line.CompletionTokens = answer.Usage.Completion;
        line.ReasoningTokens = answer.Usage.Reasoning;
        for (var choice = 0; choice < answer.Request.Choices && answer.FinishReason is not null; choice++)
        {
            ChunkWriter.WriteFinish(_frame.Json(), answer, choice);
            await wire.SendAsync(_frame.Take());
        }
        var style = answer.Script.Usage;
        line.UsageSent = style is UsageStyle.Always or UsageStyle.Running or UsageStyle.OnContent;
        var asked = answer.Request.IncludeUsage && style is not (UsageStyle.Never or UsageStyle.OnContent);
        if (asked || style == UsageStyle.Always) await SendUsageAsync(style == UsageStyle.Twice ? 2 : 1);
        if (_frame.Done() is { Length: > 0 } done) await wire.SendAsync(done);
    }

    private async Task SendUsageAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            ChunkWriter.WriteUsage(_frame.Json(), i == 0 && answer.Script.Form == UsageForm.LateZeros ? Truthful(answer) : answer);
            await wire.SendAsync(_frame.Take());
        }
        line.UsageSent = true;
    }

    private static Answer Truthful(Answer answer) => answer with { Script = answer.Script with { Form = UsageForm.Plain } };
}
