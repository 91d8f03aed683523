using System.Buffers;

namespace Bifrost.Providers.Gemini;

/// <summary>The model's name stands in the path: only names of these characters go there.</summary>
internal static class ModelPath
{
    public const string Models = "models/";
    private const string TunedModels = "tunedModels/";
    private const string Version = "/v1beta";

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>The path of a model, such as <c>models/gemini-2.5-pro</c>; null for a name that none can have.</summary>
    public static string? Of(string model)
    {
        var folder = model.StartsWith(TunedModels, StringComparison.Ordinal) ? TunedModels : Models;
        var name = model.StartsWith(folder, StringComparison.Ordinal) ? model[folder.Length..] : model;
        return name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(s_allowed) ? folder + name : null;
    }

    /// <summary>What stands before the model's path: an address that names a version already gets none a second time.</summary>
    /// <param name="baseUrl">The configured address.</param>
    /// <param name="path">A configured path below it, or a whole address, in place of the version; null: none.</param>
    public static Uri Root(Uri baseUrl, string? path)
    {
        var left = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (path is not null) return path.StartsWith('/') ? new Uri(left + path.TrimEnd('/') + baseUrl.Query) : new Uri(path);
        var last = left[(left.LastIndexOf('/') + 1)..];
        var hasVersion = last is ['v', >= '0' and <= '9', ..] && baseUrl.AbsolutePath.Length > 1;
        return new Uri((hasVersion ? left : left + Version) + baseUrl.Query);
    }

    public static Uri UrlOf(Uri root, string model, bool stream)
    {
        var left = root.GetLeftPart(UriPartial.Path).TrimEnd('/');
        var query = root.Query.TrimStart('?');
        var more = query.Length == 0 ? "" : "&" + query;

        // Without the parameter a stream is one array, written piece by piece.
        return stream ? new Uri($"{left}/{model}:streamGenerateContent?alt=sse{more}")
            : new Uri($"{left}/{model}:generateContent{(query.Length == 0 ? "" : "?" + query)}");
    }
}
