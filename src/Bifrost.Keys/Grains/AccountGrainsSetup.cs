using Bifrost.Keys.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Keys.Grains;

/// <summary>Registers what account grains are made of. Needs the catalog, a <see cref="TimeProvider"/> and logging.</summary>
public static class AccountGrainsSetup
{
    public static IServiceCollection AddAccountGrains(this IServiceCollection services) => services.AddSingleton(new AccountLimits());
}
