using System.Text;
using System.Threading.Channels;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;

namespace Bifrost.Testing;

/// <summary>A live stream that goes on when the test says so. A read that is given up leaves it whole.</summary>
internal sealed class FakeStreamBody : StreamBody
{
    private readonly Channel<Func<StreamEvent>> _events = Channel.CreateUnbounded<Func<StreamEvent>>(
        new UnboundedChannelOptions { AllowSynchronousContinuations = true });

    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the body was disposed.</summary>
    public Task Disposed => _disposed.Task;

    public int Reads { get; private set; }

    public FakeStreamBody Chunk(string json) => Add(() => new StreamEvent(StreamEventKind.Chunk, Encoding.UTF8.GetBytes(json), null));

    public FakeStreamBody Text(string text) => Chunk($$$"""{"id":"c1","choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""");

    public FakeStreamBody Finish() => Chunk("""{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""");

    public FakeStreamBody Usage(int prompt, int completion) =>
        Chunk($$$"""{"id":"c1","choices":[],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}}}}""");

    public FakeStreamBody Done() => Add(() => new StreamEvent(StreamEventKind.Done, default, null));

    public FakeStreamBody Fails(FailureKind kind, TokenUsage? usage = null) =>
        Add(() => new StreamEvent(StreamEventKind.Failed, default, Replies.Broken(kind, usage)));

    /// <summary>An error of the provider's own.</summary>
    public FakeStreamBody FailsAsProvider() =>
        Add(() => new StreamEvent(StreamEventKind.Failed, default, Replies.Failure(FailureKind.ServerError, 500).Failure));

    public FakeStreamBody Throws(Exception e) => Add(() => throw e);

    public override async ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken)
    {
        if (Disposed.IsCompleted) throw new ObjectDisposedException(nameof(FakeStreamBody));
        Reads++;
        return (await _events.Reader.ReadAsync(cancellationToken))();
    }

    public override ValueTask DisposeAsync()
    {
        Assert.True(_disposed.TrySetResult(), "A body is disposed once.");
        return ValueTask.CompletedTask;
    }

    private FakeStreamBody Add(Func<StreamEvent> next)
    {
        Assert.True(_events.Writer.TryWrite(next));
        return this;
    }
}
