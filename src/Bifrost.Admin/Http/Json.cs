using System.Text.Json;
using Bifrost.Catalog.Json;

namespace Bifrost.Admin.Http;

/// <summary>How lists look in admin answers.</summary>
internal static class Json
{
    /// <summary>One page of a list: <c>{name: […], count, total_count, limit, offset}</c>.</summary>
    public static void Page<T>(Utf8JsonWriter json, string name, Page<T> page, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.Objects(name, page.Items, write);
        json.WriteNumber("count"u8, page.Items.Count);
        json.WriteNumber("total_count"u8, page.Total);
        json.WriteNumber("limit"u8, page.Limit);
        json.WriteNumber("offset"u8, page.Offset);
        json.WriteEndObject();
    }

    /// <summary>One page by key: <c>{name: […], count, limit, after}</c>; <c>after</c> asks for the next one and is null at the end.</summary>
    public static void KeysetPage<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, int limit, Func<T, Guid> id, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartObject();
        json.Objects(name, items, write);
        json.WriteNumber("count"u8, items.Count);
        json.WriteNumber("limit"u8, limit);
        json.TextOrNull("after", items.Count == limit && limit > 0 ? id(items[^1]).ToString() : null);
        json.WriteEndObject();
    }
}

/// <summary>A part of a list.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total, int Limit, int Offset)
{
    public static Page<T> Of(IReadOnlyCollection<T> all, int limit, int offset) => new([.. all.Skip(offset).Take(limit)], all.Count, limit, offset);
}
