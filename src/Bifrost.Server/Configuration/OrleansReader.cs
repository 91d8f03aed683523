using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>orleans</c>: what of Orleans' own tools is switched on.</summary>
internal static class OrleansReader
{
    public static OrleansSettings Read(Section? section)
    {
        if (section is null) return new OrleansSettings();
        var settings = new OrleansSettings { Dashboard = section.Flag("dashboard") ?? false };
        section.End();
        return settings;
    }
}

/// <summary>Settings under <c>orleans</c>.</summary>
internal sealed record OrleansSettings
{
    /// <summary>Whether Orleans' own pages are served at <c>/orleans</c>.</summary>
    public bool Dashboard { get; init; }
}
