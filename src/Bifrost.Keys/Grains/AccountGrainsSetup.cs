using Bifrost.Keys.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Bifrost.Keys.Grains;

/// <summary>Registers what account grains are made of. Needs the catalog, a <see cref="TimeProvider"/> and logging.</summary>
public static class AccountGrainsSetup
{
    public static IServiceCollection AddAccountGrains(this IServiceCollection services, AccountLimits? limits = null)
    {
        services.TryAddSingleton(limits ?? new AccountLimits());
        return services;
    }
}
