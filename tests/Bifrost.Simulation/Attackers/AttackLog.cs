using Microsoft.Extensions.Logging;

namespace Bifrost.Simulation.Attackers;

/// <summary>The product survives most exceptions and logs them: one that is no lost answer fails the run.</summary>
internal sealed class AttackLog<T>(AttackWorld world, bool fails = true) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => fails && logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (fails && exception is not null && !AttackWorld.IsNoAnswer(exception)) world.Fail(exception);
    }
}
