using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The desks of this silo, by provider name. They outlive an activation that went idle, since open streams hold slots longer than a
/// call lasts.
/// </summary>
public sealed class ProviderDesks(IEnumerable<IDialect> dialects, TimeProvider time, ILogger<ProviderDesks> logger)
{
    private readonly ConcurrentDictionary<string, ProviderDesk> _byName = new(StringComparer.Ordinal);
    private readonly DeskTools _tools = new(dialects.ToFrozenDictionary(dialect => dialect.Name, StringComparer.Ordinal), time, Random.Shared, logger);

    public ProviderDesk For(string provider) => _byName.GetOrAdd(provider, static (name, tools) => new ProviderDesk(name, tools), _tools);
}
