using System.Reflection;
using Bifrost.Keys.Contracts;

namespace Bifrost.Tidy.Tests;

/// <summary>The contract between silos, pinned: a change of a wire type or a grain method is a decision, not an accident.</summary>
public class WireContracts
{
    private const string ApprovedFile = "tests/Bifrost.Tidy.Tests/WireContracts.approved.txt";

    [Fact]
    public void Are_the_approved_ones()
    {
        var api = string.Join('\n', Contracts()
            .OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(Describe)) + "\n";
        var approved = Path.Combine(Repository.Root, ApprovedFile);
        if (File.Exists(approved) && File.ReadAllText(approved) == api) return;
        var received = approved.Replace(".approved.", ".received.");
        File.WriteAllText(received, api);
        Assert.Fail($"The contract between silos changed. Compare {ApprovedFile} with the .received.txt beside it; if the change is meant, replace it.");
    }

    /// <summary>Grain interfaces and marked types, and what these carry.</summary>
    private static HashSet<Type> Contracts()
    {
        var found = new HashSet<Type>();
        foreach (var type in Product.Assemblies.SelectMany(a => a.GetTypes()))
            if ((type.IsInterface && typeof(IGrainWithStringKey).IsAssignableFrom(type)) || type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
                Add(type, found);
        return found;
    }

    private static void Add(Type type, HashSet<Type> found)
    {
        foreach (var argument in type.GetGenericArguments()) Add(argument, found);
        if (!Product.Assemblies.Contains(type.Assembly) || !found.Add(type)) return;
        foreach (var property in type.GetProperties().Where(p => p.DeclaringType == type && p.Name != "EqualityContract")) Add(property.PropertyType, found);
        foreach (var method in type.GetMethods().Where(_ => type.IsInterface))
            foreach (var carried in method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType)) Add(carried, found);
    }

    private static IEnumerable<string> Describe(Type type)
    {
        yield return $"{Kind(type)} {type.Name}{Alias(type)}";
        if (type.IsEnum)
        {
            yield return "  " + string.Join(", ", Enum.GetNames(type));
            yield break;
        }

        const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var property in type.GetProperties(own).Where(p => p.Name != "EqualityContract").OrderBy(p => p.Name, StringComparer.Ordinal))
            yield return $"  {Id(property)}{Name(property.PropertyType)} {property.Name}";
        foreach (var method in type.GetMethods(own).Where(m => type.IsInterface).OrderBy(m => m.Name, StringComparer.Ordinal))
            yield return $"  {Name(method.ReturnType)} {method.Name}({string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)))}){Alias(method)}";
    }

    private static string Kind(Type type) => type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : "class";

    private static string Alias(MemberInfo member) => member.GetCustomAttributes().FirstOrDefault(a => a.GetType().Name == "AliasAttribute") is { } alias
        ? $" [{alias.GetType().GetProperty("Alias")!.GetValue(alias)}]"
        : "";

    private static string Id(MemberInfo member) => member.GetCustomAttributes().FirstOrDefault(a => a.GetType().Name == "IdAttribute") is { } id
        ? $"{id.GetType().GetProperty("Id")!.GetValue(id)}: "
        : "-: ";

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
