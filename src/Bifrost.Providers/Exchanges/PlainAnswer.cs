using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Chat.Splice;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>A whole answer in a pooled buffer.</summary>
internal sealed class PlainAnswer(BoundedBody body, in CompletionShape shape) : ScannedBody
{
    private AnswerClaim? _claim = body.Claim;

    private readonly CompletionShape _shape = shape;
    private BoundedBody _body = body;
    private int _disposed;

    public override ReadOnlyMemory<byte> Json => _body.Bytes;

    public override ref readonly CompletionShape Shape => ref _shape;

    public override AnswerClaim? TakeClaim() => Interlocked.Exchange(ref _claim, null);

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _body.Return();
        TakeClaim()?.Dispose();
        return ValueTask.CompletedTask;
    }
}
