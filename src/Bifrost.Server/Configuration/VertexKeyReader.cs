using System.Buffers;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>
/// Reads <c>vertex_key_config</c>: where a key opens models, and the credential, which is a service account or an external account as Google writes them
/// down. Without a credential the machine's own identity is asked for.
/// </summary>
internal static class VertexKeyReader
{
    private static readonly SearchValues<char> s_name = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-:.");

    public static VertexPlace? Read(Section? section, out string? credential)
    {
        credential = null;
        if (section is null) return null;
        credential = section.Secret("auth_credentials");
        var project = Name(section, "project_id") ?? Name(section, "project_number") ?? "";
        var location = Name(section, "region") ?? "global";
        var tokenUrl = section.Has("token_url") ? NetworkReader.ReadBaseUrl(section, "token_url") : null;
        section.End();
        return new VertexPlace(project, location, tokenUrl);
    }

    /// <summary>A name that stands in an address; null where there is none, or a bad one, which is reported.</summary>
    private static string? Name(Section section, string name)
    {
        var value = section.Secret(name);
        if (string.IsNullOrEmpty(value)) return null;
        if (!value.AsSpan().ContainsAnyExcept(s_name) && value[0] is not ('.' or '-' or ':')) return value;
        section.Error(name, $"is \"{value}\"; small letters, digits and '-' stand here");
        return null;
    }
}
