using System.Diagnostics.Metrics;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Telemetry;

/// <summary>What the dispatch of this process sees of the configured providers, as it is when somebody asks. One per process.</summary>
public sealed class ProviderGauges
{
    private readonly ProviderDispatchers _dispatchers;
    private readonly ICatalog _catalog;

    public ProviderGauges(ProviderDispatchers dispatchers, ICatalog catalog, CallMeterOptions options, IMeterFactory meters)
    {
        (_dispatchers, _catalog) = (dispatchers, catalog);
        var meter = meters.Create("Bifrost.Providers");
        meter.CreateObservableGauge(
            "bifrost.provider.circuit.open", Circuits, null, "Circuit of a provider, or of one of its keys: 0 closed, 0.5 half-open, 1 open.");
        meter.CreateObservableGauge(
            "bifrost.provider.calls.running", () => Of(static status => status.CallsRunning), "{call}", "Tries that have a slot of the provider.");
        meter.CreateObservableGauge(
            "bifrost.provider.calls.waiting", () => Of(static status => status.CallsWaiting), "{call}", "Tries that wait for a slot of the provider.");
        if (options.BifrostNames) meter.CreateObservableGauge("bifrost.provider.key.up", KeysUp, null, "1 unless the circuit of the provider's key is open.");
    }

    private IEnumerable<Measurement<long>> Of(Func<ProviderStatus, long> value) =>
        Statuses().Select(each => new Measurement<long>(value(each.Status), Label(each.Provider)));

    private IEnumerable<Measurement<double>> Circuits() => Statuses().SelectMany(static each => each.Status.Keys.Select(circuit => new Measurement<double>(
        circuit.State switch { CircuitState.Open => 1, CircuitState.HalfOpen => 0.5, _ => 0 },
        Label(each.Provider), new KeyValuePair<string, object?>("key", circuit.KeyId))));

    /// <summary>By Bifrost's name and labels.</summary>
    private IEnumerable<Measurement<int>> KeysUp() =>
        from provider in _catalog.Current.Providers.Values
        let status = _dispatchers.For(provider.Name).Status(provider)
        from key in provider.Keys
        let circuit = status.Keys.FirstOrDefault(one => one.KeyId == key.Id)
        select new Measurement<int>(
            circuit is { State: CircuitState.Open } ? 0 : 1,
            new KeyValuePair<string, object?>("provider", provider.Name), new("key_id", key.Id), new("key_name", key.Name));

    private IEnumerable<(string Provider, ProviderStatus Status)> Statuses() =>
        _catalog.Current.Providers.Values.Select(provider => (provider.Name, _dispatchers.For(provider.Name).Status(provider)));

    private static KeyValuePair<string, object?> Label(string provider) => new(TargetSeries.ProviderLabel, provider);
}
