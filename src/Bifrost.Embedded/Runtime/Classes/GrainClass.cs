using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>One grain class: what its attributes say, how it is constructed, and its activations by key.</summary>
internal sealed class GrainClass
{
    private readonly ConcurrentDictionary<string, ICallTarget> _targets = new(StringComparer.Ordinal);
    private readonly ObjectFactory _factory;
    private readonly Func<Activation, object>[] _arguments;

    public GrainClass(Silo silo, Type type)
    {
        Silo = silo;
        Type = type;
        GrainType = GrainType.Create(type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? NameOf(type));
        Reentrant = type.IsDefined(typeof(ReentrantAttribute));
        WorkersMax = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        HasOnActivate = Overrides(type, nameof(Grain.OnActivateAsync), typeof(CancellationToken));
        HasOnDeactivate = Overrides(type, nameof(Grain.OnDeactivateAsync), typeof(DeactivationReason), typeof(CancellationToken));
        var age = silo.Collection.ClassSpecificCollectionAge.GetValueOrDefault(type.FullName!, silo.Collection.CollectionAge);
        CollectionAgeTicks = (long)(age.TotalSeconds * silo.Time.TimestampFrequency);
        (_factory, _arguments) = FactoryOf(type);
    }

    public Silo Silo { get; }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool Reentrant { get; }

    /// <summary>0: an ordinary grain; else the limit of a stateless worker.</summary>
    public int WorkersMax { get; }

    public bool HasOnActivate { get; }

    public bool HasOnDeactivate { get; }

    /// <summary>In units of the engine clock's timestamps.</summary>
    public long CollectionAgeTicks { get; }

    public IEnumerable<ICallTarget> Targets => _targets.Values;

    /// <summary>Where calls for <paramref name="key"/> go now; null: nowhere any more, the engine has stopped.</summary>
    public ICallTarget? Find(string key)
    {
        if (_targets.TryGetValue(key, out var target)) return target;
        if (Silo.IsStopped) return null;
        // One worker needs no pool around it.
        return _targets.GetOrAdd(key, static (key, self) => self.WorkersMax > 1 ? new WorkerPool(self, key) : new Activation(self, key, null), this);
    }

    public void Remove(string key, ICallTarget target) => _targets.TryRemove(new(key, target));

    /// <summary>Where calls go that an activation leaves behind.</summary>
    public Action<Call> Redirect(string key) => call =>
    {
        while (Find(key) is { } target)
            if (target.Accept(call)) return;
        call.Fail(Runtime.Silo.Stopped());
    };

    public object Construct(Activation activation)
    {
        var values = new object[_arguments.Length];
        for (var i = 0; i < values.Length; i++) values[i] = _arguments[i](activation);
        return _factory(activation.ActivationServices, values);
    }

    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > 5 ? name[..^5] : name;
    }

    private static (ObjectFactory Factory, Func<Activation, object>[] Arguments) FactoryOf(Type type)
    {
        List<Type> types = [];
        List<Func<Activation, object>> arguments = [];
        foreach (var parameter in type.GetConstructors().SelectMany(constructor => constructor.GetParameters()))
        {
            if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } attribute) arguments.Add(StateParameter.Of(parameter, attribute).Fill);
            else if (parameter.ParameterType == typeof(IGrainContext)) arguments.Add(static activation => activation);
            else continue;
            types.Add(parameter.ParameterType);
        }
        return (ActivatorUtilities.CreateFactory(type, [.. types]), [.. arguments]);
    }

    private static bool Overrides(Type type, string method, params Type[] parameters) =>
        !typeof(Grain).IsAssignableFrom(type) || type.GetMethod(method, parameters)!.DeclaringType != typeof(Grain);
}
