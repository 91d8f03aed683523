using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>What an answer rests on. Pages of the web are annotations; places in documents of the request stay in the provider's own form.</summary>
internal static class CitationMap
{
    /// <summary>Whether a citation is of a page of the web.</summary>
    public static bool IsWeb(ReadOnlySpan<byte> citation) =>
        JsonText.Is(JsonMembers.Find(citation, "type"u8), "web_search_result_location"u8) && JsonText.IsText(JsonMembers.Find(citation, "url"u8));

    /// <summary>One annotation; the offsets are those of the text that it stands for, in characters of the whole content.</summary>
    public static void WriteAnnotation(ref JsonSink to, ReadOnlySpan<byte> citation, int start, int end)
    {
        to.Raw("{\"type\":\"url_citation\",\"url_citation\":{\"url\":"u8);
        to.Raw(JsonMembers.Find(citation, "url"u8));
        to.Raw(",\"title\":"u8);
        var title = JsonMembers.Find(citation, "title"u8);
        to.Raw(JsonText.IsText(title) ? title : "\"\""u8);
        to.Raw(",\"start_index\":"u8);
        to.Number(start);
        to.Raw(",\"end_index\":"u8);
        to.Number(end);
        to.Raw("}}"u8);
    }

    /// <summary>The pages that a search found, as items of a list. Answers whether there were any.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="block">The block of the search's result.</param>
    /// <param name="any">Whether items stand in the list already.</param>
    public static bool WriteResults(ref JsonSink to, ReadOnlySpan<byte> block, bool any)
    {
        if (!JsonText.Is(JsonMembers.Find(block, "type"u8), "web_search_tool_result"u8)) return any;
        var items = new JsonItems(JsonMembers.Find(block, "content"u8));
        while (items.Next())
        {
            var url = JsonMembers.Find(items.Value, "url"u8);
            if (!JsonText.IsText(url)) continue;
            if (any) to.Byte((byte)',');
            any = true;
            to.Raw("{\"title\":"u8);
            var title = JsonMembers.Find(items.Value, "title"u8);
            to.Raw(JsonText.IsText(title) ? title : "\"\""u8);
            to.Raw(",\"url\":"u8);
            to.Raw(url);
            var age = JsonMembers.Find(items.Value, "page_age"u8);
            if (JsonText.IsText(age))
            {
                to.Raw(",\"date\":"u8);
                to.Raw(age);
            }

            to.Byte((byte)'}');
        }

        return any;
    }
}
