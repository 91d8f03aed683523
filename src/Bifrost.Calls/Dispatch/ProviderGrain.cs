using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Orleans.Concurrency;

namespace Bifrost.Calls.Dispatch;

/// <summary>Dispatch to one provider. Its turns do bookkeeping only: the dispatcher goes on outside of them at its first wait.</summary>
[StatelessWorker(1, false), Reentrant, GrainType("provider")]
internal sealed class ProviderGrain(ICatalog catalog, ProviderDispatchers desks) : Grain, IProviderGrain
{
    private string _name = "";
    private ProviderDispatcher? _desk;

    // Made once, since every try asks.
    private Func<bool> _isDrained = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = this.GetPrimaryKeyString();
        _isDrained = () => catalog.Current.Providers.TryGetValue(_name, out var now) && now.Drained;
        return Task.CompletedTask;
    }

    public Task<ProviderReply> Dispatch(ProviderCall call)
    {
        // Read with every call: a changed limit, key or address holds from the next call on.
        if (!catalog.Current.Providers.TryGetValue(_name, out var provider))
            return Task.FromResult(new ProviderReply { Failure = ProviderFailures.NoSuchProvider(_name) });
        // Only configured names get a dispatcher.
        _desk ??= desks.For(_name);
        if (provider.Drained) return Task.FromResult(new ProviderReply { Failure = ProviderFailures.Drained(_name) });
        return _desk.DispatchAsync(provider, call, _isDrained);
    }

    public Task<ProviderStatus> Status() =>
        Task.FromResult(desks.For(_name).Status(catalog.Current.Providers.GetValueOrDefault(_name)));
}
