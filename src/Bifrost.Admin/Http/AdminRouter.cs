namespace Bifrost.Admin.Http;

/// <summary>Finds the route of a path. A literal segment goes before a named one.</summary>
internal sealed class AdminRouter(IEnumerable<IAdminRoutes> subjects)
{
    private readonly (AdminRoute Route, string[] Segments)[] _routes =
        [.. subjects.SelectMany(subject => subject.Routes).Select(route => (route, route.Template.Split('/'))).OrderBy(route => Names(route.Item2))];

    /// <param name="method">The HTTP method.</param>
    /// <param name="segments">The segments of the path, decoded once.</param>
    /// <param name="id">What the named segment is.</param>
    /// <param name="allow">The methods of the path.</param>
    /// <returns>The route; or null, with the methods that the path has, none where there is nothing at it.</returns>
    public AdminRoute? Find(string method, string[] segments, out string id, out string allow)
    {
        var methods = new List<string>();
        (id, allow) = ("", "");
        var names = -1;
        foreach (var (route, template) in _routes)
        {
            if (names >= 0 && Names(template) > names) break;
            if (!Fits(template, segments, out var found)) continue;
            names = Names(template);
            id = found;
            if (string.Equals(route.Method, method, StringComparison.OrdinalIgnoreCase)) return route;
            methods.Add(route.Method);
        }

        allow = string.Join(", ", methods);
        return null;
    }

    private static int Names(string[] template) => template.Count(segment => segment.StartsWith('{'));

    private static bool Fits(string[] template, string[] segments, out string id)
    {
        id = "";
        var takesRest = template[^1].EndsWith("*}", StringComparison.Ordinal);
        if (takesRest ? segments.Length < template.Length : segments.Length != template.Length) return false;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i].StartsWith('{'))
                id = takesRest && i == template.Length - 1 ? string.Join('/', segments[i..]) : segments[i];
            else if (!string.Equals(template[i], segments[i], StringComparison.Ordinal)) return false;
        }

        return true;
    }
}
