using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>A whole answer in the pooled buffer that it came in, or written anew beside it.</summary>
internal sealed class WholeAnswer(BoundedBody body, ReadOnlyMemory<byte> json, in CompletionShape shape) : ScannedBody
{
    private readonly CompletionShape _shape = shape;
    private AnswerClaim? _claim = body.Claim;
    private BoundedBody _body = body;
    private int _disposed;

    public override ReadOnlyMemory<byte> Json => json;

    public override ReadOnlyMemory<byte> Raw => _body.Bytes;

    public override ref readonly CompletionShape Shape => ref _shape;

    public override AnswerClaim? TakeClaim() => Interlocked.Exchange(ref _claim, null);

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _body.Return();
        TakeClaim()?.Dispose();
        return ValueTask.CompletedTask;
    }
}
