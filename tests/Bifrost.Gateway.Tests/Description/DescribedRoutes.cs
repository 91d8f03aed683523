using System.Text.Json;
using System.Text.RegularExpressions;
using Bifrost.Gateway.Routing;

namespace Bifrost.Gateway.Tests.Description;

/// <summary>The description beside the table of routes.</summary>
public sealed partial class DescribedRoutes
{
    [Fact]
    public void Every_kind_of_route_is_described_and_every_described_path_is_a_route()
    {
        using var stream = typeof(RouteTable).Assembly.GetManifestResourceStream("openapi.json")!;
        using var document = JsonDocument.Parse(stream);
        var kinds = document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(static path => !path.Name.StartsWith("/api/", StringComparison.Ordinal) && path.Name != "/metrics")
            .Select(static path => (path.Name, RouteTable.Match(Parameter().Replace(path.Name, "x")).Kind)).ToList();
        Assert.All(kinds, static one => Assert.True(one.Kind != RouteKind.None, $"{one.Name} is no route"));
        Assert.Equal(Enum.GetValues<RouteKind>().Where(static kind => kind != RouteKind.None), kinds.Select(static one => one.Kind).Distinct().Order());
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
