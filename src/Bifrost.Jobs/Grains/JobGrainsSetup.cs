using Bifrost.Jobs.Rules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Bifrost.Jobs.Grains;

/// <summary>Registers what the grains of jobs are made of. Needs the store of jobs, the catalog, a <see cref="TimeProvider"/> and logging.</summary>
public static class JobGrainsSetup
{
    public static IServiceCollection AddJobGrains(this IServiceCollection services, JobOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton<JobRunnerSignal>();
        return services;
    }
}
