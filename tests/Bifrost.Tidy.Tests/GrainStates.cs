using System.Reflection;
using Bifrost.Keys.Contracts;
using Orleans.Runtime;

namespace Bifrost.Tidy.Tests;

/// <summary>
/// What grains keep in their storage, which Orleans' dashboard can show: numbers and times, and texts of this list alone. A new text is a decision: it is
/// no secret, and nothing that a caller sent.
/// </summary>
public class GrainStates
{
    private static readonly string[] s_texts =
    [
        "RatioState.Model", // provider/model
        "WindowState.PeriodUnit", // a word of ours
        "WindowState.Scope", // a provider's name
    ];

    [Fact]
    public void Hold_no_text_that_could_be_a_secret()
    {
        var states = Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .SelectMany(constructor => constructor.GetParameters())
            .Where(parameter => parameter.ParameterType.IsGenericType && parameter.ParameterType.GetGenericTypeDefinition() == typeof(IPersistentState<>)
                && parameter.IsDefined(typeof(PersistentStateAttribute)))
            .Select(parameter => parameter.ParameterType.GetGenericArguments()[0]).ToHashSet();
        Assert.Equal(["AccountState", "VirtualKeyState"], states.Select(state => state.Name).Order());
        var texts = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<Type>();
        foreach (var state in states) Walk(state, state.Name, texts, seen);
        Assert.Equal(s_texts, texts);
    }

    /// <summary>The dashboard calls every method without parameters that answers a grain's state, and any that is called GetState.</summary>
    [Fact]
    public void Are_told_by_no_method_of_a_grain() => Assert.DoesNotContain(
        Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsInterface && typeof(IGrainWithStringKey).IsAssignableFrom(type)).SelectMany(type => type.GetMethods()),
        method => method.Name == "GetState");

    private static void Walk(Type type, string where, SortedSet<string> texts, HashSet<Type> seen)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) type = inner;
        if (type.IsPrimitive || type.IsEnum || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(decimal)) return;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            Walk(type.GetGenericArguments()[0], where, texts, seen);
            return;
        }

        if (!type.IsDefined(typeof(GenerateSerializerAttribute)))
        {
            texts.Add(where);
            return;
        }

        if (!seen.Add(type)) return;
        foreach (var member in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            Walk(member.PropertyType, $"{type.Name}.{member.Name}", texts, seen);
        foreach (var member in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
            Walk(member.FieldType, $"{type.Name}.{member.Name}", texts, seen);
    }
}
