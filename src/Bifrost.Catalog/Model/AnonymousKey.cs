namespace Bifrost.Catalog.Model;

/// <summary>Grain keys of callers without a virtual key: one a silo, bound by the global limits alone (ledger, rules).</summary>
public static class AnonymousKey
{
    /// <summary>No virtual key's id may begin with this.</summary>
    public const string Prefix = "anonymous:";

    public static string For(string silo) => Prefix + silo;

    public static bool Is(string virtualKeyId) => virtualKeyId.StartsWith(Prefix, StringComparison.Ordinal);
}
