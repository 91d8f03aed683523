using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Embedded.Runtime;

/// <summary>A constructor parameter marked [PersistentState].</summary>
internal abstract class StateParameter
{
    public static StateParameter Of(ParameterInfo parameter, PersistentStateAttribute attribute)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new OrleansConfigurationException(
                $"Parameter {parameter.Name} of {parameter.Member.DeclaringType} is marked [PersistentState] and must be an IPersistentState<T>.");
        var name = string.IsNullOrEmpty(attribute.StateName) ? parameter.Name : attribute.StateName;
        return (StateParameter)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(type.GetGenericArguments()), name, attribute.StorageName)!;
    }

    public abstract object Fill(Activation activation);

    private sealed class Typed<T>(string name, string? storageName) : StateParameter
    {
        private IGrainStorage? _storage;

        public override object Fill(Activation activation)
        {
            _storage ??= Find(activation);
            var state = new PersistentState<T>(activation, name, _storage);
            activation.Add(state);
            return state;
        }

        private IGrainStorage Find(Activation activation)
        {
            var services = activation.Silo.Services;
            return (string.IsNullOrWhiteSpace(storageName)
                    ? services.GetService<IGrainStorage>()
                    : services.GetKeyedService<IGrainStorage>(storageName))
                ?? throw new OrleansConfigurationException(
                    $"State {name} of grain {activation.GrainId} asks for grain storage '{storageName}', which is not registered.");
        }
    }
}
