using System.Collections.Frozen;
using System.Net;

namespace Bifrost.Http;

/// <summary>What an inference request may carry (contract sections 2 and 10).</summary>
public sealed record RequestOptions
{
    /// <summary>Bytes of one request body.</summary>
    public int BodyBytesMax { get; init; } = 100 << 20;

    /// <summary>Bytes of all request bodies in memory at once; beyond it a request is answered 503.</summary>
    public long BufferedBytesMax { get; init; } = 1L << 30;

    /// <summary>Networks of proxies whose <c>X-Forwarded-For</c> is believed (contract section 2).</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Nesting of a request body.</summary>
    public int JsonDepthMax { get; init; } = 64;

    /// <summary>True: the caller's <c>traceparent</c> goes on to the provider.</summary>
    public bool ForwardTraceparent { get; init; }

    /// <summary>True: words of <c>reasoning_effort</c> that are not known are refused.</summary>
    public bool StrictEnums { get; init; }

    /// <summary>True: errors have the names of Bifrost before 2.1 (<c>client.error_names: v1</c>).</summary>
    public bool HasOldErrorNames { get; init; }

    /// <summary>Origins of web pages that may call inference routes: <c>*</c>, or such as <c>https://host</c>, <c>https://*.host</c>; empty: none.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Headers that every inference request must carry, in lower case.</summary>
    public IReadOnlyList<string> RequiredHeaders { get; init; } = [];

    /// <summary>Names that <c>x-bf-eh-*</c> may carry, in lower case; empty: all that are not denied.</summary>
    public FrozenSet<string> HeaderAllowList { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Names that <c>x-bf-eh-*</c> may not carry, besides those that never may.</summary>
    public FrozenSet<string> HeaderDenyList { get; init; } = FrozenSet<string>.Empty;
}
