using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// The outcome of one chat completion: a <see cref="ChatBody"/>, <see cref="ChatEvents"/> or a <see cref="ChatFailure"/>.
/// The receiver owns and disposes it.
/// </summary>
public abstract class ChatResult(ResponseInfo info)
{
    public ResponseInfo Info { get; } = info;
}

/// <summary>No target answered. The error is the primary's and lists every try (contract section 7).</summary>
public sealed class ChatFailure(ResponseInfo info, GatewayError error) : ChatResult(info)
{
    public GatewayError Error { get; } = error;
}
