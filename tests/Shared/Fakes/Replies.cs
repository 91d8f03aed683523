using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;

namespace Bifrost.Testing;

/// <summary>What a provider grain may answer.</summary>
internal static class Replies
{
    public const string Completion = """
        {"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}
        """;

    public const string WithoutUsage = """
        {"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"stop"}]}
        """;

    public static ProviderReply Json(string json) => new() { Status = 200, KeyId = "k1", Sent = true, ProcessingMs = "7", Body = new FakePlainBody(json) };

    public static ProviderReply Stream(FakeStreamBody body) => new() { Status = 200, KeyId = "k1", Sent = true, Body = body };

    public static ProviderReply Failure(
        FailureKind kind, int status, bool sent = true, long? retryAfterMs = null, string keyId = "k1", string message = "no") => new()
        {
            Status = status,
            KeyId = keyId,
            Sent = sent,
            Failure = new ProviderFailure
            {
                Kind = kind,
                Status = status == 0 ? OfKind(kind).Status : status,
                Type = status == 0 ? OfKind(kind).Type : "upstream_" + status,
                Message = message,
                FromProvider = status >= 400,
                RetryAfterMs = retryAfterMs,
            },
        };

    public static ProviderFailure Broken(FailureKind kind, TokenUsage? usage = null) => new()
    {
        Kind = kind,
        Status = OfKind(kind).Status,
        Type = OfKind(kind).Type,
        Message = "cut",
        Usage = usage,
    };

    /// <summary>Status and type of a failure that the gateway itself reports.</summary>
    private static GatewayError OfKind(FailureKind kind) =>
        GatewayErrors.FromFailure(new ProviderFailure { Kind = kind, Status = 0, Type = "", Message = "" }, null, null);
}

/// <summary>A whole answer.</summary>
internal sealed class FakePlainBody(string json) : PlainBody
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(json);

    public int Disposals { get; private set; }

    public override ReadOnlyMemory<byte> Json => _bytes;

    public override ValueTask DisposeAsync()
    {
        // Bytes are no longer the reader's: whoever still looks at them sees it.
        Array.Fill(_bytes, (byte)'#');
        Disposals++;
        return ValueTask.CompletedTask;
    }
}
