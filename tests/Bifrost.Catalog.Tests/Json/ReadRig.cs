using System.Collections.Frozen;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Tests.Json;

/// <summary>Reads one object as the configuration file has it and as a request's body has it.</summary>
internal static class ReadRig
{
    public static readonly DateTimeOffset Now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly CatalogSnapshot s_catalog = new()
    {
        Providers = new[] { new Provider { Name = "sim", BaseUrl = new Uri("http://sim.test"), Keys = [new ProviderKey { Id = "k1", Name = "first", Value = "x" }] } }
            .ToFrozenDictionary(provider => provider.Name),
        Teams = new[] { new Team { Id = "t1", Name = "T" } }.ToFrozenDictionary(team => team.Id),
        Customers = new[] { new Customer { Id = "c1", Name = "C" } }.ToFrozenDictionary(customer => customer.Id),
    };

    /// <summary>Limits inside the owner, with ids that say their window: what both sources have in common.</summary>
    public static readonly GovernanceScope Scope = GovernanceScope.Of(s_catalog, new BodyLimits(() => Guid.Empty)) with { Now = Now };

    public static readonly VirtualKey BlankKey = new() { Id = "v", Name = "v", Secrets = [] };

    public static (T Read, IReadOnlyList<Finding> Errors) File<T>(string json, Func<Section, T> read) => Of(json, read, isBody: false);

    public static (T Read, IReadOnlyList<Finding> Errors) Body<T>(string json, Func<Section, T> read) => Of(json, read, isBody: true);

    public static VirtualKey Key(Section section) => VirtualKeyReader.Read(section, BlankKey, Scope);

    /// <summary>A body's key over <paramref name="before"/>.</summary>
    public static VirtualKey Change(VirtualKey before, string json)
    {
        var (key, errors) = Body(json, section => VirtualKeyReader.Read(section, before, Scope with { IsNew = false }));
        Assert.Empty(errors);
        return key;
    }

    private static (T Read, IReadOnlyList<Finding> Errors) Of<T>(string json, Func<Section, T> read, bool isBody)
    {
        using var document = JsonDocument.Parse(json);
        var findings = new Findings();
        var context = new ReadContext(findings, _ => null, IsBody: isBody);
        return (read(new Section("", document.RootElement, context)), findings.Errors);
    }
}
