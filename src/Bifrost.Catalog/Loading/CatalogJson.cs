using System.Text.Json;
using System.Text.Json.Serialization;
using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Loading;

/// <summary>
/// The JSON of stored catalog objects: virtual keys, teams, customers, global limits, prices and webhooks. Budgets are left out, they have rows of
/// their own; providers are not stored, since their keys are secrets that only the configuration may name. Read and written at starts
/// and changes of the catalog only. A member that an older version did not write keeps its default.
/// </summary>
internal static class CatalogJson
{
    /// <summary>How every catalog object is written; <see cref="SaidJson"/> writes the same with less.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new NamesJson(), new HashJson() },
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static T Read<T>(ReadOnlyMemory<byte> json) =>
        JsonSerializer.Deserialize<T>(json.Span, Options) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");

    private sealed class NamesJson : JsonConverter<NameList>
    {
        public override NameList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<string[]>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, NameList value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var name in value.Names.Order(StringComparer.Ordinal)) writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
    }

    private sealed class HashJson : JsonConverter<ImmutableArray<byte>>
    {
        public override ImmutableArray<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            [.. reader.GetBytesFromBase64()];

        public override void Write(Utf8JsonWriter writer, ImmutableArray<byte> value, JsonSerializerOptions options) =>
            writer.WriteBase64StringValue(value.AsSpan());
    }
}
