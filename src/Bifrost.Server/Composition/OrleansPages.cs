using Bifrost.Admin;
using Orleans.Dashboard;

namespace Bifrost.Server.Composition;

/// <summary>Orleans' own pages about grains and silos, below one path and for admins and viewers alone. They have a routing of their own.</summary>
internal static class OrleansPages
{
    public const string Path = "/orleans";

    /// <summary>To be called last: all other paths are served without endpoint routing.</summary>
    public static void Use(WebApplication app) => app.MapWhen(
        static context => context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal),
        static pages => pages.UseAdminGate().UseRouting().UseEndpoints(static endpoints => endpoints.MapOrleansDashboard(Path)));
}
