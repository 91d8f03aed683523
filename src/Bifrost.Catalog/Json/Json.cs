using System.Text.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Json;

/// <summary>How values look in admin answers: money in US dollars, times in UTC, what is not known as null.</summary>
public static class Json
{
    public static void Usd(this Utf8JsonWriter json, string name, long nanos) => json.WriteNumber(name, Nanos.ToUsd(nanos));

    public static void TextOrNull(this Utf8JsonWriter json, string name, string? text)
    {
        if (text is null) json.WriteNull(name);
        else json.WriteString(name, text);
    }

    public static void WholeOrNull(this Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    public static void TimeOrNull(this Utf8JsonWriter json, string name, DateTimeOffset? at) =>
        json.TextOrNull(name, at is { } moment ? Times.Format(moment) : null);

    public static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts.Order(StringComparer.Ordinal)) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void Objects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
    }

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
