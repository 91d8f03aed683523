using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Orleans.Concurrency;
using Orleans.Dashboard;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// Dispatch to one provider. Its turns do bookkeeping only: they begin tries, which go on
/// outside of them from their first wait on. It lends its dispatch to the callers of its silo, a second at a time.
/// </summary>
[StatelessWorker(1, false), Reentrant, GrainType("provider"), NoProfiling]
internal sealed class ProviderGrain : Grain, IProviderGrain
{
    private readonly ICatalog _catalog;
    private readonly ProviderDispatchers _dispatchers;
    private readonly ProviderReferences _references;

    // Made once, since every try asks.
    private readonly Func<ProviderCall, Task<ProviderReply>> _run;
    private readonly Func<bool> _isDrained;

    private string _name = "";
    private ProviderDispatcher? _dispatcher;

    public ProviderGrain(ICatalog catalog, ProviderDispatchers dispatchers, ProviderReferences references)
    {
        (_catalog, _dispatchers, _references, _run) = (catalog, dispatchers, references, RunAsync);
        _isDrained = () => _catalog.Current.Providers.TryGetValue(_name, out var now) && now.Drained;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = this.GetPrimaryKeyString();
        return Task.CompletedTask;
    }

    public Task Dispatch(ProviderCall call)
    {
        if (call.Try is not { } made) throw new InvalidOperationException("A try has left the process of its caller.");
        made.Begin(call, _run);
        _references.Of(_name).Lend(_run);
        return Task.CompletedTask;
    }

    public Task<ProviderStatus> Status() =>
        Task.FromResult(_dispatchers.For(_name).Status(_catalog.Current.Providers.GetValueOrDefault(_name)));

    private Task<ProviderReply> RunAsync(ProviderCall call)
    {
        // Read with every call: a changed limit, key or address holds from the next call on.
        if (!_catalog.Current.Providers.TryGetValue(_name, out var provider))
            return Task.FromResult(new ProviderReply { Failure = ProviderFailures.NoSuchProvider(_name) });
        // Only configured names get a dispatcher.
        _dispatcher ??= _dispatchers.For(_name);
        if (provider.Drained) return Task.FromResult(new ProviderReply { Failure = ProviderFailures.Drained(_name) });
        return _dispatcher.DispatchAsync(provider, call, _isDrained);
    }
}
