namespace Bifrost.Chat.Errors;

/// <summary>What went wrong with a try; decides about retry and fallback (contract section 7).</summary>
public enum FailureKind
{
    /// <summary>No connection, or it broke before an answer.</summary>
    Connect,

    /// <summary>500, 502, 503, 504.</summary>
    ServerError,

    /// <summary>429 of the provider.</summary>
    RateLimited,

    /// <summary>401 or 403 of the provider: the key is dead for this request.</summary>
    KeyRejected,

    /// <summary>Connect, first byte, idle or total time limit.</summary>
    Timeout,

    /// <summary>404: the provider does not have the model.</summary>
    ModelNotFound,

    /// <summary>The prompt is larger than the model's context.</summary>
    ContextTooLong,

    /// <summary>400, 422 and other 4xx: the request itself is at fault.</summary>
    BadRequest,

    /// <summary>An answer that is not one: wrong content type, bad JSON, an event over its limit, a stream without its end mark.</summary>
    BadAnswer,

    /// <summary>The circuit of the provider or of all its keys is open.</summary>
    CircuitOpen,

    /// <summary>The provider's queue is full.</summary>
    QueueFull,

    /// <summary>Every key of the provider that this call may use was rejected.</summary>
    KeysExhausted,

    /// <summary>The caller left.</summary>
    Aborted,

    /// <summary>The gateway is stopping.</summary>
    ShuttingDown,

    /// <summary>The request asks for something that this provider has no equivalent of; nothing was sent.</summary>
    Unsupported,
}
