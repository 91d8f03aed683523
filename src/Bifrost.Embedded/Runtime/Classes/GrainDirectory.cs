using System.Collections.Concurrent;
using System.Collections.Frozen;
using Orleans;

namespace Bifrost.Embedded.Runtime;

/// <summary>The grain classes of this process and the interfaces they stand behind. Interfaces are bound when they are first asked for.</summary>
internal sealed class GrainDirectory
{
    private readonly FrozenDictionary<Type, GrainClass[]> _classes;
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), InterfaceBinding> _bindings = new();

    public GrainDirectory(Silo silo)
    {
        Classes = [.. GrainScanner.Find().Select(type => new GrainClass(silo, type))];
        _classes = Classes
            .SelectMany(grains => grains.Type.GetInterfaces()
                .Where(type => typeof(IGrainWithStringKey).IsAssignableFrom(type) && type != typeof(IGrainWithStringKey))
                .Select(type => (type, grains)))
            .GroupBy(pair => pair.type, pair => pair.grains)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    public IReadOnlyList<GrainClass> Classes { get; }

    public InterfaceBinding Find(Type type, string? prefix) =>
        _bindings.TryGetValue((type, prefix), out var binding) ? binding : _bindings.GetOrAdd((type, prefix), Bind);

    public List<Activation> Activations()
    {
        List<Activation> activations = [];
        foreach (var grains in Classes)
            foreach (var target in grains.Targets)
                target.CollectInto(activations);
        return activations;
    }

    private InterfaceBinding Bind((Type Interface, string? Prefix) wanted)
    {
        var candidates = _classes.GetValueOrDefault(wanted.Interface, [])
            .Where(grains => wanted.Prefix is null || grains.Type.FullName!.StartsWith(wanted.Prefix, StringComparison.Ordinal)).ToArray();
        return candidates switch
        {
            [var only] => new InterfaceBinding(wanted.Interface, only),
            [] => throw new ArgumentException($"Could not find an implementation for interface {wanted.Interface}.", nameof(wanted)),
            _ => throw new ArgumentException(
                $"Several classes implement {wanted.Interface}: {string.Join(", ", candidates.Select(grains => grains.Type))}.", nameof(wanted)),
        };
    }
}
