using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Tests.Shared;

/// <summary>Makes single tries at an upstream.</summary>
internal static class Tries
{
    public static readonly OpenAiDialect Dialect = new(TimeProvider.System, new ProviderLimits());

    public static ProviderCall Call(string model, bool stream = false) => new()
    {
        AttemptId = Guid.CreateVersion7(),
        Model = model,
        Stream = stream,
        Body = Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}"""),
        Edits = [],
        RemainingMs = 600_000,
    };

    /// <summary>A name of its own for every address, since connections go by the provider's name.</summary>
    public static Provider ProviderAt(Uri address) => new() { Name = $"upstream-{address.Port}", BaseUrl = address };

    public static UpstreamTarget TargetAt(Uri address) => Target(ProviderAt(address));

    public static UpstreamTarget Target(Provider provider, string? credential = "secret-of-provider", IStreamWatcher? watcher = null) =>
        new() { Provider = provider, KeyId = "key-1", Credential = credential, RemainingMs = 600_000, Watcher = watcher };

    /// <summary>The same target by this key.</summary>
    public static UpstreamTarget Of(this UpstreamTarget target, ProviderKey key) =>
        new() { Provider = target.Provider, Key = key, KeyId = key.Id, Credential = target.Credential, RemainingMs = target.RemainingMs };

    public static Task<ProviderReply> SendAsync(Uri address, ProviderCall call) => Dialect.SendAsync(TargetAt(address), call).InTimeAsync();

    /// <summary>The failure of a try that must fail.</summary>
    public static async Task<ProviderFailure> FailAsync(Uri address, ProviderCall call)
    {
        var reply = await SendAsync(address, call);
        Assert.Null(reply.Body);
        return Assert.IsType<ProviderFailure>(reply.Failure);
    }

    /// <summary>The stream of a try that must open one.</summary>
    public static StreamBody Opened(ProviderReply reply)
    {
        Assert.Null(reply.Failure);
        return Assert.IsAssignableFrom<StreamBody>(reply.Body);
    }

    /// <summary>Every event up to the last.</summary>
    public static async Task<(List<string> Chunks, StreamEvent Last)> ReadAllAsync(StreamBody stream)
    {
        var chunks = new List<string>();
        while (true)
        {
            var next = await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync();
            if (next.Kind != StreamEventKind.Chunk) return (chunks, next);
            chunks.Add(Encoding.UTF8.GetString(next.Json.Span));
        }
    }

    /// <summary>The text that chunks deliver.</summary>
    public static string TextOf(IEnumerable<string> chunks)
    {
        var text = new StringBuilder();
        foreach (var chunk in chunks)
        {
            using var json = System.Text.Json.JsonDocument.Parse(chunk);
            foreach (var choice in json.RootElement.GetProperty("choices").EnumerateArray())
                if (choice.GetProperty("delta").TryGetProperty("content", out var content)) text.Append(content.GetString());
        }
        return text.ToString();
    }
}
