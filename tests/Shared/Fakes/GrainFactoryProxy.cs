using System.Reflection;

namespace Bifrost.Testing;

/// <summary>An <see cref="IGrainFactory"/> of any engine that finds grains by interface and key.</summary>
public class GrainFactoryProxy : DispatchProxy
{
    private Func<Type, string, object> _find = null!;

    public static IGrainFactory Of(Func<Type, string, object> find)
    {
        var factory = Create<IGrainFactory, GrainFactoryProxy>();
        ((GrainFactoryProxy)(object)factory)._find = find;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _find(targetMethod!.GetGenericArguments()[0], (string)args![0]!);
}
