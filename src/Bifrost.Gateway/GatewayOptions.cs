using System.Collections.Frozen;

namespace Bifrost.Gateway;

/// <summary>What the front-end is told once at start (contract sections 2 and 10).</summary>
public sealed record GatewayOptions
{
    /// <summary>False: callers without a credential, or with one of no known kind, are served under the global limits alone.</summary>
    public bool EnforceAuth { get; init; } = true;

    /// <summary>True: a Bearer that is no virtual key goes to the provider as its key.</summary>
    public bool AllowDirectKeys { get; init; }

    /// <summary>Bytes of one request body.</summary>
    public int BodyBytesMax { get; init; } = 100 << 20;

    /// <summary>Bytes of all request bodies in memory at once; beyond it a request is answered 503.</summary>
    public long BufferedBytesMax { get; init; } = 1L << 30;

    /// <summary>Nesting of a request body.</summary>
    public int JsonDepthMax { get; init; } = 64;

    /// <summary>Silence on a stream after which a comment is sent.</summary>
    public int HeartbeatMs { get; init; } = 15_000;

    /// <summary>True: the caller's <c>traceparent</c> goes on to the provider.</summary>
    public bool ForwardTraceparent { get; init; }

    /// <summary>Headers that every inference request must carry, in lower case.</summary>
    public IReadOnlyList<string> RequiredHeaders { get; init; } = [];

    /// <summary>Names that <c>x-bf-eh-*</c> may carry, in lower case; empty: all that are not denied.</summary>
    public FrozenSet<string> HeaderAllowList { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Names that <c>x-bf-eh-*</c> may not carry, besides those that never may.</summary>
    public FrozenSet<string> HeaderDenyList { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Name of this process among its peers; callers without a virtual key are counted under it.</summary>
    public string SiloName { get; init; } = "local";

    public string Version { get; init; } = "";
}
