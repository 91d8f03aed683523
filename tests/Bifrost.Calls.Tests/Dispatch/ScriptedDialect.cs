using System.Collections.Concurrent;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>A dialect without a network: the test decides what every try answers, and when.</summary>
internal sealed class ScriptedDialect : IDialect
{
    public string Name => "scripted";

    /// <summary>Tries that arrived, in order.</summary>
    public ConcurrentQueue<UpstreamTarget> Tries { get; } = new();

    /// <summary>What a try answers; a plain answer at once unless the test says otherwise.</summary>
    public Func<UpstreamTarget, ProviderCall, Task<ProviderReply>> Answer { get; set; } = (target, _) => Task.FromResult(Plain(target));

    public Task<ProviderReply> SendAsync(UpstreamTarget target, ProviderCall call)
    {
        Tries.Enqueue(target);
        return Answer(target, call);
    }

    public static ProviderReply Plain(UpstreamTarget target) => new() { Status = 200, KeyId = target.KeyId, Sent = true, Body = new EmptyBody() };

    public static ProviderReply Stream(UpstreamTarget target, out ScriptedStream stream)
    {
        stream = new ScriptedStream(target.Watcher!);
        return new() { Status = 200, KeyId = target.KeyId, Sent = true, Body = stream };
    }

    public static ProviderReply Failure(UpstreamTarget target, FailureKind kind, int status = 500) => new()
    {
        Status = status,
        KeyId = target.KeyId,
        Sent = true,
        Failure = new ProviderFailure { Kind = kind, Status = status, Type = "t", Message = "m", FromProvider = true },
    };

    private sealed class EmptyBody : PlainBody
    {
        public override ReadOnlyMemory<byte> Json => "{}"u8.ToArray();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>A stream that is only opened and ended.</summary>
internal sealed class ScriptedStream(IStreamWatcher watcher) : StreamBody
{
    /// <summary>How it will have failed when it is disposed.</summary>
    public ProviderFailure? Failure { get; set; }

    public override ValueTask<StreamEvent> ReadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override ValueTask DisposeAsync()
    {
        watcher.StreamEnded(Failure);
        return ValueTask.CompletedTask;
    }
}
