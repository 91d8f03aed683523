using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>What <c>governance</c> says.</summary>
internal sealed record Governance
{
    public Dictionary<string, Customer> Customers { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, Team> Teams { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, VirtualKey> VirtualKeys { get; } = new(StringComparer.Ordinal);
    public List<GlobalLimit> GlobalLimits { get; } = [];
}
