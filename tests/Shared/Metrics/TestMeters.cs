using System.Diagnostics.Metrics;

namespace Bifrost.Testing;

/// <summary>Makes meters as a host does: each of its own, so that tests beside each other count apart.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _made = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _made.Add(meter);
        return meter;
    }

    public void Dispose() => _made.ForEach(static meter => meter.Dispose());
}
