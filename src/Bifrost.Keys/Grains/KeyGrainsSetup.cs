using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Keys.Grains;

/// <summary>
/// Registers what virtual key grains, and the accounts that they share, are made of.
/// Needs the catalog, the lease book and its options, a <see cref="TimeProvider"/>, meters and logging.
/// </summary>
public static class KeyGrainsSetup
{
    public static IServiceCollection AddKeyGrains(this IServiceCollection services) =>
        services.AddSingleton(provider => KeyLimits.For(provider.GetRequiredService<LedgerOptions>()))
            .AddSingleton<BrokenBounds>().AddSingleton<UnpricedCalls>().AddSingleton<KeyReferences>().AddAccountGrains();
}
