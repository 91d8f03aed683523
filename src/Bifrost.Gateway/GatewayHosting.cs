using Bifrost.Gateway.Chat;
using Bifrost.Gateway.Description;
using Bifrost.Gateway.Health;
using Bifrost.Gateway.Jobs;
using Bifrost.Gateway.Models;
using Bifrost.Gateway.Routing;
using Bifrost.Http;
using Bifrost.Http.Addresses;
using Bifrost.Http.Auth;
using Bifrost.Http.Bodies;
using Bifrost.Http.Connections;
using Bifrost.Http.Headers;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Gateway;

/// <summary>Puts the front-end into a host. It needs the catalog, the pipeline, the lease book, grains, the store and the options of jobs,
/// and a <see cref="TimeProvider"/> from elsewhere.</summary>
public static class GatewayHosting
{
    public static IServiceCollection AddBifrostGateway(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton(options.Auth);
        services.AddSingleton(options.Requests);
        services.AddSingleton(options.Logs);
        services.AddSingleton<RequestLog>();
        services.AddSingleton(options.Traces);
        services.AddSingleton<RequestTraces>();
        services.AddSingleton(options.Version);
        services.AddSingleton<HttpMeter>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<DrainEnd>();
        services.AddSingleton(new ClientAddresses(options.Requests.TrustedProxies));
        services.AddSingleton(new BodyLimits { BodyBytesMax = options.Requests.BodyBytesMax, BufferedBytesMax = options.Requests.BufferedBytesMax });
        services.AddSingleton<CallerChecks>();
        services.AddSingleton<BadCredentials>();
        services.AddSingleton<JobReads>();
        services.AddSingleton<BodyReader>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<CallerAuthenticator>();
        services.AddSingleton<OriginRule>();
        services.AddSingleton<UpstreamHeaders>();
        services.AddSingleton<CrossOrigin>();
        services.AddSingleton<JobValidator>();
        services.AddSingleton<JobClient>();
        services.AddSingleton<JobSubmitter>();
        services.AddSingleton<JobEndpoint>();
        services.AddSingleton<ChatEndpoint>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<HealthEndpoint>();
        services.AddSingleton<DescriptionEndpoint>();
        return services;
    }

    /// <summary>To be called first, so that the chat route has nothing before it.</summary>
    public static IApplicationBuilder UseBifrostGateway(this IApplicationBuilder app) => app.UseMiddleware<GatewayMiddleware>();
}
