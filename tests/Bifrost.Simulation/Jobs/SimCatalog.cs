using System.Collections.Frozen;
using Bifrost.Catalog.Model;

namespace Bifrost.Simulation.Jobs;

/// <summary>What is configured on every silo, and what jobs ask for.</summary>
internal static class SimCatalog
{
    /// <summary>The provider that jobs ask first.</summary>
    public const string Primary = "p";

    /// <summary>The body of every job; where the first provider does not answer, it falls back to another one.</summary>
    public const string Body = """{"model":"p/m","fallbacks":["q/m"],"messages":[{"role":"user","content":"Hello"}]}""";

    public static readonly string[] Keys = ["k1", "k2", "k3"];

    public static ICatalog Catalog { get; } = new CatalogHolder(new CatalogSnapshot
    {
        Version = 1,
        Providers = new[] { Primary, "q" }.Select(static name => new Provider { Name = name, BaseUrl = new Uri("http://localhost"), Keyless = true })
            .ToFrozenDictionary(static provider => provider.Name, StringComparer.Ordinal),
        VirtualKeys = Keys.Select(static id => new VirtualKey { Id = id, Name = id, Secrets = [new KeySecret([1], null)], AllowAllProviders = true })
            .ToFrozenDictionary(static key => key.Id, StringComparer.Ordinal),
    });
}
