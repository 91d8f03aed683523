using System.Collections.Frozen;
using Bifrost.Admin;
using Bifrost.Calls.Board;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Pulse;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Gateway;
using Bifrost.Http;
using Bifrost.Http.Auth;
using Bifrost.Http.Headers;
using Bifrost.Http.Connections;
using Bifrost.Jobs.Store;
using Bifrost.Keys.Bounds;
using Bifrost.Jobs.Runner;
using Bifrost.Keys.Grains;
using Bifrost.Ledger.Leases;
using Bifrost.Providers;
using Bifrost.Server.Configuration;
using Bifrost.Server.Silo;
using Bifrost.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bifrost.Server.Composition;

/// <summary>The composition root: what the process is made of, in the order in which it starts; it stops in the reverse one.</summary>
internal static class ServerComposition
{
    /// <summary>How long a stop waits for settlements after the last call has ended.</summary>
    private static readonly TimeSpan s_settleLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long the head of a request may take from its first byte on.</summary>
    private static readonly TimeSpan s_headersLimit = TimeSpan.FromSeconds(10);

    public static WebApplication Build(StartOptions options, ServerConfiguration configuration, CatalogSnapshot catalog)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // The host reads no settings files, so it watches none.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
        });
        ServerLogging.Use(builder.Logging, configuration.Observability);

        // Upstream connections of calls and jobs take files, as connections of callers do.
        var connections = ConnectionLimits.OfProcess();
        var jobs = configuration.Jobs with { RunningPerSiloMax = Math.Min(configuration.Jobs.RunningPerSiloMax, connections.OtherUpstreamsMax) };
        var drain = TimeSpan.FromSeconds(configuration.Limits.DrainSeconds);

        // Calls and jobs have their drain times beside each other.
        var drains = drain > configuration.Jobs.DrainFor ? drain : configuration.Jobs.DrainFor;
        var notice = TimeSpan.FromSeconds(configuration.Limits.NoticeSeconds);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = notice + drains + DrainingServer.AnswersMax + s_settleLimit + s_settleLimit);

        builder.Services.AddBifrostMetrics(configuration.Limits, configuration.Observability);
        builder.Services.AddBifrostTraces(configuration.Observability);
        builder.Services.AddSingleton(options.Time);
        if (configuration.Cluster is not null) builder.Services.AddHostedService<StoreBeforeSilo>();
        builder.Services.AddHostedService<LedgerStop>();
        AddSilo(builder, configuration);
        AddLedger(builder.Services, configuration, catalog);
        AddCalls(builder.Services, configuration, connections);
        builder.Services.AddJobs(jobs);
        builder.Services.AddBifrostGateway(GatewayOptionsOf(configuration));
        AddAdmin(builder.Services, options);
        builder.Services.AddHostedService(services => new SettleOnStop(services.GetRequiredService<ChatPipeline>(), s_settleLimit));

        // On the clock that Orleans runs on.
        builder.Services.AddSingleton(services =>
            new SiloPulse(services.GetRequiredService<IGrainFactory>(), TimeProvider.System, services.GetRequiredService<ILogger<SiloPulse>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<SiloPulse>());
        builder.Services.AddBoardReporter(services => new SiloFacts(ProductInfo.Version, () => services.GetRequiredService<JobRunner>().Running));
        builder.Services.AddJobRunner(configuration.Limits.JsonDepth, configuration.Webhooks, configuration.WebhookSecrets);
        AddWebServer(builder, options, configuration, drain);

        var app = builder.Build();
        app.UseBifrostGateway();
        app.UseBifrostAdmin();
        if (configuration.Orleans.Dashboard) OrleansPages.Use(app);
        return app;
    }

    private static void AddSilo(WebApplicationBuilder builder, ServerConfiguration configuration)
    {
        SiloSetup.Use(builder, new SiloSettings
        {
            Pages = configuration.Orleans.Dashboard,
            Traces = configuration.Observability.Traces is not null,
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
                    Tls = cluster.Tls is { } tls ? new SiloTls(tls.Certificate, tls.Key, tls.Authority) : null,
                    ProbeTimeout = TimeSpan.FromSeconds(cluster.ProbeSeconds),
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
        services.AddSingleton(provider => provider.GetRequiredService<LeaseBook>().Invariants);
        services.AddSingleton<ILeaseBook>(provider => provider.GetRequiredService<LeaseBook>());

        // Version 0: what is configured can be listed, and nothing is admitted before the store was asked.
        services.AddSingleton(new CatalogHolder(catalog with { Version = 0 }));
        services.AddSingleton<ICatalog>(provider => provider.GetRequiredService<CatalogHolder>());
        services.AddSingleton(new ConfiguredCatalog(catalog, configuration.SheetPrices ?? BuiltInPrices.Load()));
        if (configuration.Cluster is null) services.AddSingleton(CatalogAnnouncer.Alone);
        else services.AddSingleton<CatalogAnnouncer>();
        services.AddSingleton<CatalogKeeper>();
        services.AddSingleton<CatalogEditor>();
        services.AddSingleton<ProviderSwitch>();
        services.AddHostedService<LedgerStart>();
        services.AddHostedService<StoreWatch>();
    }

    private static void AddAdmin(IServiceCollection services, StartOptions options)
    {
        services.AddSingleton(options);
        services.AddBifrostAdmin(new AdminTokenOptions { Token = options.AdminToken });
        services.AddSingleton<FirstAdminToken>();
        services.AddHostedService(provider => provider.GetRequiredService<FirstAdminToken>());
    }

    private static void AddCalls(IServiceCollection services, ServerConfiguration configuration, ConnectionLimits connections)
    {
        services.AddSingleton(connections);
        var pipeline = new PipelineOptions
        {
            RequestTimeoutMs = configuration.Limits.RequestSeconds * 1_000, TellsTrace = configuration.Client.ForwardTraceContext,
        };
        services.AddSingleton(pipeline with { DrainsMax = Math.Min(pipeline.DrainsMax, connections.OtherUpstreamsMax) });
        var answers = configuration.Limits.BufferedAnswersMb * 1_048_576L;
        services.AddSingleton(provider => new AnswerRoom(answers, answers / 2, provider.GetRequiredService<LimitWatch>()));
        services.AddSingleton<IStoreRoom>(provider => new DiskRoom(
            configuration.Store.Kind == StoreKind.Sqlite ? Path.GetDirectoryName(Path.GetFullPath(configuration.Store.Path)) : null,
            configuration.Jobs.FreeDiskBytesMin,
            provider.GetRequiredService<TimeProvider>()));
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
        builder.Services.AddSingleton<ConnectionGate>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => new GatedListenerFactory(
            ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), services.GetRequiredService<ConnectionGate>()));
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Smaller ones of ours come first, so that the answer has the error object.
            kestrel.Limits.MaxRequestLineSize = RequestSize.TargetCharsMax * RequestSize.ServerFactor;
            kestrel.Limits.MaxRequestHeadersTotalSize = RequestSize.HeadersBytesMax * RequestSize.ServerFactor;
            kestrel.Limits.MaxRequestHeaderCount = RequestSize.HeadersMax * RequestSize.ServerFactor;
            kestrel.Limits.MaxRequestBodySize = configuration.Client.MaxRequestBodySizeMb * 1_048_576L;
            kestrel.Limits.RequestHeadersTimeout = s_headersLimit;
            kestrel.ConfigureEndpointDefaults(static endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                var gate = endpoint.ApplicationServices.GetRequiredService<ConnectionGate>();
                endpoint.Use(next => connection => gate.RunAsync(connection, next));
            });
        });

        // What a request's bytes begin goes on where they were read. Nothing on a request's way may block its thread.
        builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.UnsafePreferInlineScheduling = true);
        var server = builder.Services.Last(service => service.ServiceType == typeof(IServer));
        builder.Services.AddSingleton<IServer>(services => new DrainingServer(
            (IServer)ActivatorUtilities.CreateInstance(services, server.ImplementationType!),
            TimeSpan.FromSeconds(configuration.Limits.NoticeSeconds),
            drain,
            services.GetRequiredService<DrainEnd>(),
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
            TrustedProxies = configuration.Client.TrustedProxies,
            JsonDepthMax = configuration.Limits.JsonDepth,
            StrictEnums = configuration.Client.StrictEnums,
            HasOldErrorNames = configuration.Client.HasOldErrorNames,
            AllowedOrigins = configuration.Client.AllowedOrigins,
            RequiredHeaders = configuration.Client.RequiredHeaders,
            HeaderAllowList = configuration.Client.HeaderAllowList.ToFrozenSet(StringComparer.Ordinal),
            HeaderDenyList = configuration.Client.HeaderDenyList.ToFrozenSet(StringComparer.Ordinal),
            ForwardTraceparent = configuration.Client.ForwardTraceContext,
        },
        Traces = new RequestTraceOptions { FollowsCaller = configuration.Observability.Traces?.FollowsCaller ?? false },
        Logs = new RequestLogOptions
        {
            HasLines = configuration.Observability.Logs.HasAccessLines,
            HasScopes = ServerLogging.HasScopes(configuration.Observability),
        },
        Version = new ServerVersion(ProductInfo.Version),
    };
}
