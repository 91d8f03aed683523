using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Calls.Dispatch;

/// <summary>Registers what provider grains are made of. Needs the dialects, a <see cref="TimeProvider"/> and logging.</summary>
public static class ProviderGrainsSetup
{
    public static IServiceCollection AddProviderGrains(this IServiceCollection services) =>
        services.AddSingleton<ProviderDispatchers>().AddSingleton<ProviderReferences>();
}
