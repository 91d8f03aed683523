using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Calls.Board;

/// <summary>Registers what reports this silo to the board. Needs the pipeline, the dispatchers, the catalog, the lease book and a silo.</summary>
public static class BoardSetup
{
    public static IServiceCollection AddBoardReporter(this IServiceCollection services, Func<IServiceProvider, SiloFacts> facts) =>
        services.AddSingleton(facts).AddSingleton<SiloReports>().AddHostedService<BoardReporter>();
}
