using System.Collections.Frozen;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>A desk with a scripted dialect, a seeded random and a clock of the test's.</summary>
public abstract class DispatcherTest
{
    private static int s_keys;

    protected DispatcherTest()
    {
        var dialects = new Dictionary<string, IDialect> { [Dialect.Name] = Dialect };
        Desk = new ProviderDispatcher("p", new DispatchTools(dialects.ToFrozenDictionary(), Time, new Random(20_260_101), NullLogger.Instance));
    }

    private protected FakeTimeProvider Time { get; } = new();

    private protected ScriptedDialect Dialect { get; } = new();

    private protected ProviderDispatcher Desk { get; }

    private protected static Provider Provider(params ProviderKey[] keys) => new()
    {
        Name = "p",
        Dialect = "scripted",
        BaseUrl = new Uri("http://127.0.0.1:1"),
        Keys = [.. keys],
        Keyless = keys.Length == 0,
    };

    private protected static ProviderKey Key(string id, double weight = 1) => new() { Id = id, Name = id, Value = $"secret-of-{id}", Weight = weight };

    /// <summary>A call of a key of its own.</summary>
    private protected static ProviderCall Call(string model = "m", long remainingMs = 600_000) => new()
    {
        AttemptId = Guid.CreateVersion7(),
        Model = model,
        Stream = false,
        Body = "{}"u8.ToArray(),
        Edits = [],
        VirtualKeyId = $"key-{Interlocked.Increment(ref s_keys)}",
        RemainingMs = remainingMs,
    };

    private protected Task<ProviderReply> DispatchAsync(Provider provider, ProviderCall? call = null) => Desk.DispatchAsync(provider, call ?? Call()).InTimeAsync();

    private protected async Task<ProviderFailure> FailAsync(Provider provider, ProviderCall? call = null)
    {
        var reply = await DispatchAsync(provider, call);
        Assert.Null(reply.Body);
        return Assert.IsType<ProviderFailure>(reply.Failure);
    }

    private protected void AssertIdle()
    {
        var status = Desk.Status(null);
        Assert.Equal((0, 0), (status.CallsRunning, status.CallsWaiting));
    }
}
