using Bifrost.Calls.Dispatch;
using Bifrost.Providers.OpenAi;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Providers;

/// <summary>Registers the dialects. Needs a <see cref="TimeProvider"/> in the container.</summary>
public static class ProvidersSetup
{
    public static IServiceCollection AddProviders(this IServiceCollection services, ProviderLimits? limits = null) => services
        .AddSingleton(limits ?? new ProviderLimits())
        .AddSingleton<IDialect, OpenAiDialect>();
}
