using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bifrost.Catalog.Loading;

/// <summary>
/// The JSON of what a configuration says of an object: its members by name, those at their default left out. Only hashed, never read. A
/// hash of all members would change with every member that a version adds, and then the file would undo what admins changed since.
/// </summary>
internal static class SaidJson
{
    private static readonly JsonSerializerOptions s_options = new(CatalogJson.Options)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveDefaultsOut } },
    };

    public static byte[] Write<T>(T said) => JsonSerializer.SerializeToUtf8Bytes(said, s_options);

    private static void LeaveDefaultsOut(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.GetConstructor(Type.EmptyTypes) is null) return;
        var blank = Activator.CreateInstance(type.Type)!;
        var order = 0;
        foreach (var member in type.Properties.OrderBy(member => member.Name, StringComparer.Ordinal))
        {
            member.Order = order++;
            if (member.IsRequired) continue;
            var standard = member.Get?.Invoke(blank);
            member.ShouldSerialize = (_, value) => !Equals(value, standard) && !(IsEmpty(value) && IsEmpty(standard));
        }
    }

    private static bool IsEmpty(object? value) => value is IList { Count: 0 };
}
