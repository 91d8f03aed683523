using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Bifrost.Keys.Contracts;

namespace Bifrost.Tidy.Tests;

/// <summary>
/// What may cross a grain call. Orleans compiles types without marks without a word and fails only when a message leaves its process.
/// </summary>
public class WireTypes
{
    private static readonly Type[] s_plain =
        [typeof(string), typeof(decimal), typeof(Guid), typeof(DateTimeOffset), typeof(TimeSpan), typeof(ReadOnlyMemory<byte>)];

    private static readonly Type[] s_types = [.. Product.Assemblies.SelectMany(assembly => assembly.GetTypes())];

    [Fact]
    public void Every_type_that_crosses_a_grain_call_is_marked()
    {
        var signatures = GrainInterfaces(s_types).SelectMany(type => type.GetMethods()).ToArray();
        Assert.NotEmpty(signatures);
        Assert.Empty(Check(signatures));
    }

    [Fact]
    public void Every_marked_type_of_the_contracts_follows_the_rules()
    {
        var complaints = new List<string>();
        var marked = s_types.Where(type => type.IsDefined(typeof(GenerateSerializerAttribute)) && !IsGrainState(type)).ToArray();
        Assert.NotEmpty(marked);
        var seen = new HashSet<Type>();
        foreach (var type in marked) CheckType(type, type.Name, seen, complaints);
        Assert.Empty(complaints);
    }

    [Fact]
    public void Exceptions_of_the_contracts_are_marked() => Assert.DoesNotContain(
        s_types.Where(type => type.Namespace?.EndsWith(".Contracts", StringComparison.Ordinal) == true),
        type => typeof(Exception).IsAssignableFrom(type) && !type.IsDefined(typeof(GenerateSerializerAttribute)));

    [Fact]
    public void Breaches_are_found()
    {
        var complaints = Check(typeof(IBadGrain).GetMethods());
        string[] expected =
        [
            "IBadGrain.Unmarked: Unmarked lacks [GenerateSerializer]",
            "IBadGrain.Careless: Careless lacks [Immutable]",
            "IBadGrain.Careless: Careless lacks [Alias]",
            "IBadGrain.Careless: Careless is not sealed",
            "IBadGrain.Careless: Careless.Forgotten has neither [Id] nor [NonSerialized]",
            "IBadGrain.Careless: Careless.Second shares its [Id] with another member",
            "IBadGrain.Careless: Careless.Mutable is a List<Int32>",
            "IBadGrain.Cancellable: CancellationToken lacks [GenerateSerializer]",
            "IBadGrain.Later answers ValueTask",
        ];
        Assert.Equal(expected.Order(), complaints.Order());
    }

    private static IEnumerable<Type> GrainInterfaces(IEnumerable<Type> types) =>
        types.Where(type => type.IsInterface && typeof(IGrainWithStringKey).IsAssignableFrom(type));

    /// <summary>What a grain keeps in its own storage crosses no grain call.</summary>
    private static bool IsGrainState(Type type) => type.Namespace!.EndsWith(".Grains", StringComparison.Ordinal);

    private static List<string> Check(IEnumerable<MethodInfo> methods)
    {
        var complaints = new List<string>();
        foreach (var method in methods)
        {
            var where = $"{method.DeclaringType!.Name}.{method.Name}";
            if (!method.IsDefined(typeof(AliasAttribute)) && s_types.Contains(method.DeclaringType)) complaints.Add($"{where} lacks [Alias]");
            foreach (var parameter in method.GetParameters()) CheckType(parameter.ParameterType, where, [], complaints);
            if (method.ReturnType == typeof(Task)) continue;
            if (method.ReturnType.IsGenericType && method.ReturnType.GetGenericTypeDefinition() == typeof(Task<>))
                CheckType(method.ReturnType.GetGenericArguments()[0], where, [], complaints);
            else
                complaints.Add($"{where} answers {Name(method.ReturnType)}");
        }
        return complaints;
    }

    private static void CheckType(Type type, string where, HashSet<Type> seen, List<string> complaints)
    {
        if (!seen.Add(type) || type.IsPrimitive || s_plain.Contains(type)) return;
        if (Element(type) is { } element)
        {
            CheckType(element, where, seen, complaints);
            return;
        }
        if (type.IsEnum) return;
        if (type.Assembly == typeof(List<>).Assembly && type.IsGenericType)
        {
            complaints.Add($"{where}: is a {Name(type)}");
            return;
        }
        if (!type.IsDefined(typeof(GenerateSerializerAttribute)))
        {
            complaints.Add($"{where}: {Name(type)} lacks [GenerateSerializer]");
            return;
        }
        if (typeof(Exception).IsAssignableFrom(type)) return;
        if (!type.IsDefined(typeof(ImmutableAttribute), inherit: false)) complaints.Add($"{where}: {Name(type)} lacks [Immutable]");
        if (!type.IsDefined(typeof(AliasAttribute), inherit: false)) complaints.Add($"{where}: {Name(type)} lacks [Alias]");
        if (!type.IsValueType && !type.IsSealed && !type.IsAbstract) complaints.Add($"{where}: {Name(type)} is not sealed");
        if (type.IsValueType && !type.IsDefined(typeof(IsReadOnlyAttribute))) complaints.Add($"{where}: {Name(type)} is not readonly");
        CheckMembers(type, where, seen, complaints);
        if (type.IsAbstract)
            foreach (var derived in type.Assembly.GetTypes().Where(candidate => candidate.BaseType == type)) CheckType(derived, where, seen, complaints);
        else if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            CheckType(parent, where, seen, complaints);
    }

    private static void CheckMembers(Type type, string where, HashSet<Type> seen, List<string> complaints)
    {
        var ids = new HashSet<uint>();
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var field in type.GetFields(own))
        {
            // A property is marked itself; its field carries [NonSerialized] when it stays behind.
            var property = PropertyOf(type, field);
            var name = $"{Name(type)}.{property?.Name ?? field.Name}";
            var id = property?.GetCustomAttribute<IdAttribute>() ?? field.GetCustomAttribute<IdAttribute>();
            if (field.IsDefined(typeof(NonSerializedAttribute))) continue;
            if (id is null) complaints.Add($"{where}: {name} has neither [Id] nor [NonSerialized]");
            else if (!ids.Add(id.Id)) complaints.Add($"{where}: {name} shares its [Id] with another member");
            if (IsMutable(field.FieldType)) complaints.Add($"{where}: {name} is a {Name(field.FieldType)}");
            else CheckType(field.FieldType, where, seen, complaints);
        }
    }

    private static PropertyInfo? PropertyOf(Type type, FieldInfo field) =>
        field.IsDefined(typeof(CompilerGeneratedAttribute)) && field.Name.StartsWith('<')
            ? type.GetProperty(field.Name[1..field.Name.IndexOf('>')], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            : null;

    private static Type? Element(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Nullable<>) || type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            ? type.GetGenericArguments()[0]
            : null;

    private static bool IsMutable(Type type) =>
        type.IsArray || (type.IsGenericType && !s_plain.Contains(type) && Element(type) is null && type.Namespace!.StartsWith("System", StringComparison.Ordinal));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    // Deliberately wrong, and no grain: the check must find each of these, two of which Orleans' own analyzers know as well.
#pragma warning disable ORLEANS0004, ORLEANS0012
    internal interface IBadGrain
    {
        Task Unmarked(Unmarked value);

        Task<Careless> Careless();

        Task Cancellable(CancellationToken token);

        ValueTask Later();
    }

    internal sealed record Unmarked;

    [GenerateSerializer]
    internal record Careless
    {
        [Id(0)] public int First { get; init; }

        [Id(0)] public int Second { get; init; }

        public int Forgotten { get; init; }

        [Id(1)] public List<int> Mutable { get; init; } = [];

        [field: NonSerialized] public object? Live { get; init; }
    }
#pragma warning restore ORLEANS0004, ORLEANS0012
}
