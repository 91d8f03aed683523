using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;

namespace Bifrost.Testing;

/// <summary>Answers tries one after the other as the test says; the last answer repeats.</summary>
internal sealed class FakeProviderGrain : IProviderGrain
{
    private readonly Queue<Func<ProviderCall, Task<ProviderReply>>> _answers = [];
    private Func<ProviderCall, Task<ProviderReply>> _last = _ => throw new InvalidOperationException("Nothing was scripted.");

    public List<ProviderCall> Calls { get; } = [];

    public FakeProviderGrain Then(Func<ProviderCall, Task<ProviderReply>> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    public FakeProviderGrain Then(ProviderReply reply) => Then(_ => Task.FromResult(reply));

    public FakeProviderGrain ThenJson(string json) => Then(_ => Task.FromResult(Replies.Json(json)));

    public FakeProviderGrain ThenFails(
        FailureKind kind, int status, bool sent = true, long? retryAfterMs = null, string keyId = "k1", string message = "no") => Then(_ =>
            Task.FromResult(Replies.Failure(kind, status, sent, retryAfterMs, keyId, message)));

    /// <summary>What becomes of the grain's own reply, and whether it begins the try.</summary>
    public Func<Action, Task> OnDispatch { get; set; } = begin =>
    {
        begin();
        return Task.CompletedTask;
    };

    public Task Dispatch(ProviderCall call) => OnDispatch(() => call.Try!.Begin(call, RunAsync));

    private async Task<ProviderReply> RunAsync(ProviderCall call)
    {
        Calls.Add(call);
        if (_answers.TryDequeue(out var next)) _last = next;
        return await _last(call);
    }

    public Task<ProviderStatus> Status() => Task.FromResult(new ProviderStatus { CallsRunning = 0, CallsWaiting = 0, Keys = [] });
}
