using System.Text.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Json;

/// <summary>How values look in answers: money in US dollars, times in UTC, what is not known as null, names in order.</summary>
public static class JsonValues
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

    /// <summary>An object as others show it that belong to it: its id and its name.</summary>
    public static void Named(this Utf8JsonWriter json, string id, string name)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("name"u8, name);
        json.WriteEndObject();
    }
}
