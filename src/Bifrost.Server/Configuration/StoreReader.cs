using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>store</c>.</summary>
internal static class StoreReader
{
    public static StoreSettings Read(Section? section)
    {
        var settings = new StoreSettings();
        if (section is null) return settings;
        var type = section.Text("type") ?? "sqlite";
        var path = section.Text("path");
        var connection = section.Secret("connection_string");
        switch (type)
        {
            case "sqlite":
                if (section.Has("connection_string"))
                    section.Error("connection_string", "belongs to type postgres, and type is sqlite; remove it or set type to postgres");
                settings = settings with { Path = path ?? settings.Path };
                break;
            case "postgres":
                if (path is not null) section.Error("path", "belongs to type sqlite, and type is postgres; remove it");
                if (!section.Has("connection_string"))
                    section.Error("connection_string", "is missing; postgres needs it, such as \"Host=db;Database=bifrost;Username=bifrost;Password=…\"");
                settings = settings with { Kind = StoreKind.Postgres, ConnectionString = connection ?? "" };
                break;
            default:
                section.Error("type", $"is \"{type}\"; sqlite or postgres stands here");
                break;
        }

        section.End();
        return settings;
    }
}
