using System.Collections.Concurrent;
using System.Collections.Frozen;
using Bifrost.Calls.Limits;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The dispatchers of this silo, by provider name. They outlive an activation that went idle, since open streams hold slots longer than a
/// call lasts.
/// </summary>
public sealed class ProviderDispatchers(IEnumerable<IDialect> dialects, TimeProvider time, ILogger<ProviderDispatchers> logger, LimitWatch? watch = null)
{
    private readonly ConcurrentDictionary<string, ProviderDispatcher> _byName = new(StringComparer.Ordinal);
    private readonly DispatchTools _tools = new(
        dialects.ToFrozenDictionary(dialect => dialect.Name, StringComparer.Ordinal), time, Random.Shared, logger, watch);

    public ProviderDispatcher For(string provider) => _byName.GetOrAdd(provider, static (name, tools) => new ProviderDispatcher(name, tools), _tools);
}
