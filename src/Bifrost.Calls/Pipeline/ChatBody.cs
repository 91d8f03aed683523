namespace Bifrost.Calls.Pipeline;

/// <summary>A whole answer in the contract's shape: one JSON object, valid until disposed.</summary>
public sealed class ChatBody : ChatResult, IDisposable
{
    private readonly PooledBuffer _buffer;

    internal ChatBody(ResponseInfo info, PooledBuffer buffer) : base(info) => _buffer = buffer;

    public ReadOnlyMemory<byte> Json => _buffer.Written;

    public void Dispose() => _buffer.Dispose();
}
