namespace Bifrost.Http.Auth;

/// <summary>Who may call inference routes (contract section 2).</summary>
public sealed record CallerAuthOptions
{
    /// <summary>False: callers without a credential, or with one of no known kind, are served under the global limits alone.</summary>
    public bool EnforceAuth { get; init; } = true;

    /// <summary>True: a Bearer that is no virtual key goes to the provider as its key.</summary>
    public bool AllowDirectKeys { get; init; }

    /// <summary>Host names beside loopback ones that requests may come by; <c>*</c>: any; empty: any where a credential is asked for, else none.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Name of this process among its peers; callers without a virtual key are counted under it.</summary>
    public string SiloName { get; init; } = "local";
}
