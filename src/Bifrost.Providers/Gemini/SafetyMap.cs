using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What a filter says of an answer that it stopped, in the words that clients of other providers' filters know.</summary>
internal static class SafetyMap
{
    private const string CategoryPrefix = "HARM_CATEGORY_";

    /// <summary>The member <c>content_filter_results</c> with a comma before it; nothing where nothing is told.</summary>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> ratings)
    {
        var any = false;
        var items = new JsonItems(ratings);
        while (items.Next())
        {
            if (JsonText.Read(JsonMembers.Find(items.Value, "category"u8)) is not { } category) continue;
            if (category.StartsWith(CategoryPrefix, StringComparison.Ordinal)) category = category[CategoryPrefix.Length..];
            to.Raw(any ? ","u8 : ",\"content_filter_results\":{"u8);
            any = true;
            to.Quoted(category.ToLowerInvariant());
            to.Raw(":{\"filtered\":"u8);
            to.Raw(JsonMembers.Find(items.Value, "blocked"u8).SequenceEqual("true"u8) ? "true"u8 : "false"u8);
            to.Raw(",\"severity\":"u8);
            to.Raw(SeverityOf(JsonMembers.Find(items.Value, "probability"u8)));
            to.Byte((byte)'}');
        }

        if (any) to.Byte((byte)'}');
    }

    private static ReadOnlySpan<byte> SeverityOf(ReadOnlySpan<byte> probability)
    {
        if (JsonText.Is(probability, "HIGH"u8)) return "\"high\""u8;
        if (JsonText.Is(probability, "MEDIUM"u8)) return "\"medium\""u8;
        return JsonText.Is(probability, "LOW"u8) ? "\"low\""u8 : "\"safe\""u8;
    }
}
