using System.Collections.Frozen;
using System.Linq.Expressions;
using System.Reflection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>A grain interface and the class behind it: its methods as compiled delegates, and the prototype of its references.</summary>
internal sealed class InterfaceBinding
{
    private static readonly MethodInfo s_createProxy = typeof(DispatchProxy).GetMethod(nameof(DispatchProxy.Create), 2, [])!;

    private readonly FrozenDictionary<MethodInfo, GrainMethod> _methods;
    private readonly GrainReference _prototype;

    public InterfaceBinding(Type type, GrainClass grains)
    {
        Class = grains;
        _methods = type.GetInterfaces().Prepend(type).SelectMany(part => part.GetMethods()).Where(method => method.IsAbstract)
            .ToFrozenDictionary(method => method, Bind);
        _prototype = (GrainReference)s_createProxy.MakeGenericMethod(type, typeof(GrainReference)).Invoke(null, null)!;
        _prototype.Bind(this);
    }

    public GrainClass Class { get; }

    public GrainReference Reference(string key) => _prototype.For(key);

    public GrainMethod Method(MethodInfo method) => _methods[method];

    private static GrainMethod Bind(MethodInfo method)
    {
        var name = $"{method.DeclaringType!.Name}.{method.Name}";
        var result = method.ReturnType;
        var traits = new MethodTraits(
            AlwaysInterleave: method.IsDefined(typeof(AlwaysInterleaveAttribute)),
            ReadOnly: method.IsDefined(typeof(ReadOnlyAttribute)),
            ResponseTimeout: method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout);
        if (result == typeof(Task)) return new GrainAction(name, traits, Compile(method));
        if (!result.IsGenericType || result.GetGenericTypeDefinition() != typeof(Task<>) || method.IsGenericMethod)
            throw new OrleansConfigurationException($"{name} answers {result.Name}; the embedded engine knows Task and Task<T> alone.");
        var function = typeof(GrainFunction<>).MakeGenericType(result.GetGenericArguments());
        return (GrainMethod)Activator.CreateInstance(function, name, traits, Compile(method))!;
    }

    // (grain, arguments) => ((TInterface)grain).Method((T0)arguments[0], ...)
    private static Func<object, object?[], Task> Compile(MethodInfo method)
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var values = method.GetParameters()
            .Select((parameter, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType));
        var call = Expression.Call(Expression.Convert(grain, method.DeclaringType!), method, values);
        return Expression.Lambda<Func<object, object?[], Task>>(call, grain, arguments).Compile();
    }
}
