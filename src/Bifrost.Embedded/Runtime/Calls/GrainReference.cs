using System.Reflection;

namespace Bifrost.Embedded.Runtime;

/// <summary>
/// The proxy behind every grain interface. One prototype an interface is made by reflection; references are copies of it, and remember
/// the activation that answered last.
/// </summary>
internal class GrainReference : DispatchProxy
{
    private InterfaceBinding _binding = null!;
    private string _key = "";
    private ICallTarget? _target;

    internal string Key => _key;

    internal void Bind(InterfaceBinding binding) => _binding = binding;

    internal GrainReference For(string key)
    {
        var copy = (GrainReference)MemberwiseClone();
        copy._key = key;
        return copy;
    }

    public sealed override bool Equals(object? obj) => obj is GrainReference other && other._binding.Class == _binding.Class && other._key == _key;

    public sealed override int GetHashCode() => HashCode.Combine(_binding.Class, _key);

    public sealed override string ToString() => $"{_binding.Class.GrainType}/{_key}";

    protected sealed override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var grains = _binding.Class;
        var call = new Call(grains.Silo, _binding.Method(targetMethod!), args ?? []);
        while ((_target ??= grains.Find(_key)) is { } target)
        {
            if (target.Accept(call)) return call.Answer;
            _target = null;
        }
        return call.Method.Failed(Silo.Stopped());
    }
}
