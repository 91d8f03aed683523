using Bifrost.Calls.Limits;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage;

namespace Bifrost.Server.Composition;

/// <summary>What jobs need beside the calls that they make.</summary>
internal static class JobComposition
{
    public static void AddJobs(this IServiceCollection services, JobOptions options)
    {
        services.AddSingleton<IJobStore>(
            provider => new MeteredJobStore(
                provider.GetRequiredService<Store>().Jobs, provider.GetRequiredService<JobMetrics>(), provider.GetRequiredService<LimitWatch>()));
        services.AddJobGrains(options);
    }
}
