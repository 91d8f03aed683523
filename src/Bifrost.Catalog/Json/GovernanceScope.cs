using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>What readers of governance objects know beside the object: what it may refer to, and where its limits stand.</summary>
public sealed record GovernanceScope
{
    public required IReadOnlyDictionary<string, Provider> Providers { get; init; }

    public required IReadOnlyCollection<string> TeamIds { get; init; }

    public required IReadOnlyCollection<string> CustomerIds { get; init; }

    public required ILimitSource Limits { get; init; }

    /// <summary>Whether the object is made, so that its needed fields must stand in it; false: they are kept where they are absent.</summary>
    public bool IsNew { get; init; } = true;

    /// <summary>An expiry must lie after it; null: any may be written.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>What a call may refer to: everything in the catalog.</summary>
    public static GovernanceScope Of(CatalogSnapshot catalog, ILimitSource limits) => new()
    {
        Providers = catalog.Providers,
        TeamIds = catalog.Teams.Keys,
        CustomerIds = catalog.Customers.Keys,
        Limits = limits,
    };

    /// <summary>The name of an object. In a file it may be left out, and the id stands for it.</summary>
    internal string NameOf(Section section, string before)
    {
        if (!section.IsBody) return section.Text("name") ?? before;
        return section.IsNamed("name") || IsNew ? section.RequiredText("name") : before;
    }

    /// <summary>The limits of an owner over those that it has.</summary>
    internal OwnedLimits LimitsOf(Section section, LimitReference reference, OwnedLimits before) =>
        Limits.Read(section, reference, before.AlignedBy(section));

    /// <summary>The provider of that name; null after a report.</summary>
    internal Provider? ProviderOf(Section section, string member, string name)
    {
        if (Providers.TryGetValue(name, out var provider)) return provider;
        var remedy = NearestName.Remedy(name, Providers.Keys, $"there are: {string.Join(", ", Providers.Keys.Order(StringComparer.Ordinal))}");
        section.Error(member, $"is \"{name}\", which is not among the providers; {remedy}");
        return null;
    }

    /// <summary>Reports an id of an object that there is not.</summary>
    internal static void CheckReference(Section section, string member, string? id, IReadOnlyCollection<string> ids, string word)
    {
        if (id is null || ids.Contains(id)) return;
        section.Error(member, $"is \"{id}\", and there is no such {word}; {NearestName.Remedy(id, ids, "create it first")}");
    }

    /// <summary>An id of another object; null when it is absent or empty.</summary>
    internal static string? IdOf(Section section, string member) => section.Text(member) is { Length: > 0 } id ? id : null;
}
