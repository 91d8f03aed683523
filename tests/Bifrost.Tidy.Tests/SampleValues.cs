using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Bifrost.Tidy.Tests;

/// <summary>One value of each wire type, every member of it set and the same at every run.</summary>
internal static class SampleValues
{
    public static object Of(Type type) => Make(type, 1);

    /// <summary>The members that are sent.</summary>
    public static IEnumerable<PropertyInfo> Members(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(property => property.IsDefined(typeof(IdAttribute)) && property.CanWrite)
        .OrderBy(property => property.Name, StringComparer.Ordinal);

    private static object Make(Type type, int number)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Make(inner, number);
        if (type == typeof(string)) return $"text-{number}";
        if (type == typeof(bool)) return true;
        if (type == typeof(Guid)) return new Guid(number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddDays(number);
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(number);
        if (type == typeof(byte[])) return Encoding.UTF8.GetBytes($"bytes-{number}");
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes($"bytes-{number}"));
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Last();
        if (type.IsPrimitive || type == typeof(decimal)) return Convert.ChangeType(number, type, System.Globalization.CultureInfo.InvariantCulture);
        if (type.IsGenericType && Items(type) is { } items) return items;
        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)) throw new NotSupportedException($"No sample of {type}: add one here.");
        var made = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var member in Members(type)) member.SetValue(made, Make(member.PropertyType, ++number));
        return made;
    }

    private static object? Items(Type type)
    {
        var definition = type.GetGenericTypeDefinition();
        var of = type.GetGenericArguments()[0];
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(of))!;
        for (var number = 1; number <= 2; number++) list.Add(Make(of, number));
        if (definition == typeof(List<>) || definition == typeof(IReadOnlyList<>)) return list;
        if (definition != typeof(ImmutableArray<>)) return null;
        var toImmutable = typeof(ImmutableArray).GetMethods()
            .Single(method => method.Name == nameof(ImmutableArray.CreateRange) && method.GetParameters().Length == 1);
        return toImmutable.MakeGenericMethod(of).Invoke(null, [list])!;
    }
}
