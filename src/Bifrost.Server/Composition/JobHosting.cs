using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;
using Bifrost.Jobs.Webhooks;
using Bifrost.Ledger.Ids;
using Bifrost.Storage;

namespace Bifrost.Server.Composition;

/// <summary>Registers what runs jobs in this process. Needs the store of jobs, its options, the pipeline and the silo.</summary>
internal static class JobHosting
{
    /// <param name="services">The composition.</param>
    /// <param name="jsonDepth">Nesting of a request body, as at its submission.</param>
    /// <param name="webhooks">Who may be told of ends, by the configuration.</param>
    /// <param name="secrets">Where the secrets of other endpoints are.</param>
    public static IServiceCollection AddJobRunner(
        this IServiceCollection services, int jsonDepth, IEnumerable<WebhookEndpoint> webhooks, WebhookSecrets secrets)
    {
        services.AddSingleton(secrets);
        services.AddSingleton(provider => new WebhookEndpoints(webhooks, provider.GetRequiredService<ICatalog>(), secrets));
        services.AddSingleton(static provider => provider.GetRequiredService<Store>().Deliveries);
        services.AddSingleton<WebhookWire>();
        services.AddHostedService<WebhookSender>();
        services.AddSingleton<KeyPauses>();
        services.AddSingleton<JobPartitions>();
        services.AddSingleton(provider => new JobTools
        {
            Owner = Uuid.New(provider.GetRequiredService<TimeProvider>()),
            Pipeline = provider.GetRequiredService<ChatPipeline>(),
            Catalog = provider.GetRequiredService<ICatalog>(),
            Limits = ChatLimits.Default with { DepthMax = jsonDepth },
            Pauses = provider.GetRequiredService<KeyPauses>(),
            Options = provider.GetRequiredService<JobOptions>(),
            Metrics = provider.GetRequiredService<JobMetrics>(),
            Time = provider.GetRequiredService<TimeProvider>(),
            Log = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Bifrost.Server.Jobs"),
        });
        services.AddSingleton<JobRunner>();
        services.AddHostedService(static provider => provider.GetRequiredService<JobRunner>());
        return services;
    }
}
