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

    /// <param name="section">The object; null: there is none.</param>
    /// <param name="isExpress">Whether the key has a value of its own, which is sent as it is where no project is named.</param>
    /// <param name="credential">What access tokens are got by; null: the machine's identity.</param>
    public static VertexPlace? Read(Section? section, bool isExpress, out string? credential)
    {
        credential = null;
        if (section is null) return null;
        credential = section.Secret("auth_credentials");
        var (id, number) = (Name(section, "project_id"), Name(section, "project_number"));
        var project = id ?? number ?? "";
        if (project.Length == 0 && !isExpress)
            section.Error("project_id", "is missing; name the project that pays, or give the key a value for the express mode");
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
