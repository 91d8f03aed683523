using Bifrost.Admin.Governance;
using Bifrost.Admin.Http;
using Bifrost.Admin.Jobs;
using Bifrost.Admin.Ledger;
using Bifrost.Admin.Operations;
using Bifrost.Http.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Admin;

/// <summary>
/// Puts the admin routes into a host. They need the catalog, its editor and store, the ledger's ports, the lease book,
/// metrics, grains and a <see cref="TimeProvider"/> from elsewhere.
/// </summary>
public static class AdminHosting
{
    public static IServiceCollection AddBifrostAdmin(this IServiceCollection services, AdminTokenOptions token)
    {
        services.AddSingleton(token);
        services.AddSingleton(new AdminOptions());
        services.AddSingleton<AdminAuthenticator>();
        services.AddSingleton<GovernanceEditor>();
        services.AddSingleton<LiveKeys>();
        services.AddSingleton<LiveBoard>();
        services.AddSingleton<IAdminRoutes, VirtualKeyRoutes>();
        services.AddSingleton<IAdminRoutes, QuotaRoutes>();
        services.AddSingleton<IAdminRoutes, TeamRoutes>();
        services.AddSingleton<IAdminRoutes, CustomerRoutes>();
        services.AddSingleton<IAdminRoutes, ModelConfigRoutes>();
        services.AddSingleton<IAdminRoutes, ProviderLimitRoutes>();
        services.AddSingleton<IAdminRoutes, LimitRoutes>();
        services.AddSingleton<IAdminRoutes, EntryRoutes>();
        services.AddSingleton<IAdminRoutes, RepriceRoutes>();
        services.AddSingleton<IAdminRoutes, LeaseRoutes>();
        services.AddSingleton<IAdminRoutes, AuditRoutes>();
        services.AddSingleton<IAdminRoutes, TokenRoutes>();
        services.AddSingleton<IAdminRoutes, PricingRoutes>();
        services.AddSingleton<IAdminRoutes, BoundRoutes>();
        services.AddSingleton<IAdminRoutes, ProviderRoutes>();
        services.AddSingleton<IAdminRoutes, ClusterRoutes>();
        services.AddSingleton<IAdminRoutes, MetricsRoutes>();
        services.AddSingleton<IAdminRoutes, JobRoutes>();
        services.AddSingleton<IAdminRoutes, JobQueueRoutes>();
        services.AddSingleton<WebhookList>();
        services.AddSingleton<IAdminRoutes, WebhookRoutes>();
        services.AddSingleton<IAdminRoutes, WebhookEndpointRoutes>();
        services.AddSingleton<AdminRouter>();
        return services;
    }

    /// <summary>To be called after the inference routes.</summary>
    public static IApplicationBuilder UseBifrostAdmin(this IApplicationBuilder app) => app.UseMiddleware<AdminMiddleware>();

    /// <summary>Lets only admins and viewers go on, and only to read.</summary>
    public static IApplicationBuilder UseAdminGate(this IApplicationBuilder app) => app.UseMiddleware<AdminGate>();
}
