using System.Reflection;
using Orleans.Runtime;

namespace Bifrost.Tidy.Tests;

/// <summary>Stored state is found by its name: no two grain classes may have the same, nor one that says nothing.</summary>
public class StateNames
{
    [Fact]
    public void Are_unique_and_say_something()
    {
        var states = Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetConstructors().SelectMany(made => made.GetParameters()))
            .Select(parameter => (Grain: parameter.Member.DeclaringType!, State: parameter.GetCustomAttribute<PersistentStateAttribute>()))
            .Where(found => found.State is not null)
            .ToList();
        Assert.NotEmpty(states);
        Assert.Equal(states.Count, states.Select(found => found.State!.StateName).Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(states, found => found.State!.StateName is "state" or "");
    }
}
