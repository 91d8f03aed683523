using System.Collections.Frozen;
using Bifrost.Admin;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Gateway;
using Bifrost.Http;
using Bifrost.Http.Auth;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Grains;
using Bifrost.Ledger.Leases;
using Bifrost.Providers;
using Bifrost.Server.Configuration;
using Bifrost.Server.Silo;
using Bifrost.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bifrost.Server.Composition;

/// <summary>The composition root: what the process is made of, in the order in which it starts; it stops in the reverse one.</summary>
internal static class ServerComposition
{
    /// <summary>How long a stop waits for settlements after the last call has ended.</summary>
    private static readonly TimeSpan s_settleLimit = TimeSpan.FromSeconds(15);

    public static WebApplication Build(StartOptions options, ServerConfiguration configuration, CatalogSnapshot catalog)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // The host reads no settings files, so it watches none.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
        });
        ServerLogging.Use(builder.Logging);
        var drain = TimeSpan.FromSeconds(configuration.Limits.DrainSeconds);

        // Calls and jobs have their drain times beside each other.
        var drains = drain > configuration.Jobs.DrainFor ? drain : configuration.Jobs.DrainFor;
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = drains + DrainingServer.AnswersMax + s_settleLimit + s_settleLimit);

        builder.Services.AddBifrostMetrics(configuration.Limits);
        builder.Services.AddSingleton(options.Time);
        AddSilo(builder, configuration);
        AddLedger(builder.Services, configuration, catalog);
        AddCalls(builder.Services, configuration);
        builder.Services.AddJobs(configuration.Jobs);
        builder.Services.AddBifrostGateway(GatewayOptionsOf(configuration));
        AddAdmin(builder.Services, options);
        builder.Services.AddHostedService(services => new SettleOnStop(services.GetRequiredService<ChatPipeline>(), s_settleLimit));
        builder.Services.AddJobRunner(configuration.Limits.JsonDepth, configuration.Webhooks, configuration.WebhookSecrets);
        AddWebServer(builder, options, configuration, drain);

        var app = builder.Build();
        app.UseBifrostGateway();
        app.UseBifrostAdmin();
        return app;
    }

    private static void AddSilo(WebApplicationBuilder builder, ServerConfiguration configuration)
    {
        SiloSetup.Use(builder, new SiloSettings
        {
            AddGrainStorage = services => services.AddKeyedSingleton("Default", (provider, _) => provider.GetRequiredService<Store>().GrainState),
            Cluster = configuration.Cluster is { } cluster
                ? new SiloCluster
                {
                    ConnectionString = configuration.Store.ConnectionString,
                    ClusterId = cluster.ClusterId,
                    ServiceId = cluster.ServiceId,
                    SiloPort = cluster.SiloPort,
                    GatewayPort = cluster.GatewayPort,
                    AdvertisedAddress = cluster.AdvertisedAddress,
                }
                : null,
        });
    }

    private static void AddLedger(IServiceCollection services, ServerConfiguration configuration, CatalogSnapshot catalog)
    {
        services.AddSingleton(provider => StoreOpening.Open(
            configuration.Store, configuration.Jobs, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => provider.GetRequiredService<Store>().Ledger);
        services.AddSingleton(provider => provider.GetRequiredService<Store>().LedgerReader);
        services.AddSingleton(provider => provider.GetRequiredService<Store>().Catalog);
        services.AddSingleton(new LedgerOptions { LongestCall = TimeSpan.FromSeconds(configuration.Limits.RequestSeconds) });
        services.AddSingleton<LeaseBook>();
        services.AddSingleton<ILeaseBook>(provider => provider.GetRequiredService<LeaseBook>());

        // Version 0: what is configured can be listed, and nothing is admitted before the store was asked.
        services.AddSingleton(new CatalogHolder(catalog with { Version = 0 }));
        services.AddSingleton<ICatalog>(provider => provider.GetRequiredService<CatalogHolder>());
        services.AddSingleton(new ConfiguredCatalog(catalog, BuiltInPrices.Load()));
        if (configuration.Cluster is null) services.AddSingleton(CatalogAnnouncer.Alone);
        else services.AddSingleton<CatalogAnnouncer>();
        services.AddSingleton<CatalogKeeper>();
        services.AddSingleton<CatalogEditor>();
        services.AddHostedService<LedgerLifetime>();
        services.AddHostedService<StoreWatch>();
    }

    private static void AddAdmin(IServiceCollection services, StartOptions options)
    {
        services.AddSingleton(options);
        services.AddBifrostAdmin(new AdminTokenOptions { Token = options.AdminToken });
        services.AddHostedService<FirstAdminToken>();
    }

    private static void AddCalls(IServiceCollection services, ServerConfiguration configuration)
    {
        services.AddSingleton(new PipelineOptions { RequestTimeoutMs = configuration.Limits.RequestSeconds * 1_000 });
        services.AddSingleton(Random.Shared);
        services.AddSingleton<SettleTracker>();
        services.AddSingleton<ChatPipeline>();
        services.AddProviders();
        services.AddProviderGrains();
        services.AddKeyGrains();
        services.AddHostedService<BrokenBoundKeeper>();
    }

    private static void AddWebServer(WebApplicationBuilder builder, StartOptions options, ServerConfiguration configuration, TimeSpan drain)
    {
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = configuration.Client.MaxRequestBodySizeMb * 1_048_576L;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });

        // What a request's bytes begin goes on where they were read. Nothing on a request's way may block its thread.
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        var server = builder.Services.Last(service => service.ServiceType == typeof(IServer));
        builder.Services.AddSingleton<IServer>(services => new DrainingServer(
            (IServer)ActivatorUtilities.CreateInstance(services, server.ImplementationType!), drain, services.GetRequiredService<DrainEnd>(),
            TimeProvider.System));
    }

    private static GatewayOptions GatewayOptionsOf(ServerConfiguration configuration) => new()
    {
        Auth = new CallerAuthOptions
        {
            EnforceAuth = configuration.Client.EnforceAuthOnInference,
            AllowDirectKeys = configuration.Client.AllowDirectKeys,
            AllowedHosts = configuration.Client.AllowedHosts,
        },
        Requests = new RequestOptions
        {
            BodyBytesMax = (int)Math.Min(int.MaxValue, configuration.Client.MaxRequestBodySizeMb * 1_048_576L),
            BufferedBytesMax = configuration.Limits.BufferedBodiesMb * 1_048_576L,
            JsonDepthMax = configuration.Limits.JsonDepth,
            RequiredHeaders = configuration.Client.RequiredHeaders,
            HeaderAllowList = configuration.Client.HeaderAllowList.ToFrozenSet(StringComparer.Ordinal),
            HeaderDenyList = configuration.Client.HeaderDenyList.ToFrozenSet(StringComparer.Ordinal),
            ForwardTraceparent = configuration.Client.ForwardTraceContext,
        },
        Version = new ServerVersion(ProductInfo.Version),
    };
}
