using Bifrost.Calls.Limits;

namespace Bifrost.Calls.Pipeline;

/// <summary>A whole answer in the contract's shape: one JSON object, valid until disposed.</summary>
public sealed class ChatBody : ChatResult, IDisposable
{
    private readonly PooledBuffer _buffer;
    private readonly AnswerClaim? _claim;

    /// <param name="info">What the headers say.</param>
    /// <param name="buffer">The bytes.</param>
    /// <param name="claim">What they, and the provider's own bytes before, have of the room for answers.</param>
    internal ChatBody(ResponseInfo info, PooledBuffer buffer, AnswerClaim? claim = null) : base(info)
    {
        (_buffer, _claim) = (buffer, claim);
        claim?.Shrink(buffer.Capacity);
    }

    public ReadOnlyMemory<byte> Json => _buffer.Written;

    public void Dispose()
    {
        _buffer.Dispose();
        _claim?.Dispose();
    }
}
