using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What an answer rests on: pages that a search found, with the places of the text that they stand for, and works that it quotes.</summary>
internal static class GroundingMap
{
    /// <summary>The member <c>annotations</c>; nothing where the answer names no source.</summary>
    public static void WriteAnnotations(ref JsonSink to, ref bool any, scoped in Candidate candidate, ChoiceState choice, bool whole)
    {
        if (candidate.Grounding.IsEmpty && candidate.Citations.IsEmpty) return;
        var has = false;
        var chunks = JsonMembers.Find(candidate.Grounding, "groundingChunks"u8);
        var pages = PagesOf(chunks);
        var supports = new JsonItems(JsonMembers.Find(candidate.Grounding, "groundingSupports"u8));
        while (supports.Next())
        {
            var segment = JsonMembers.Find(supports.Value, "segment"u8);
            var indices = new JsonItems(JsonMembers.Find(supports.Value, "groundingChunkIndices"u8));
            while (indices.Next())
            {
                if (JsonText.Whole(indices.Value) is not (>= 0 and { } at) || at >= pages.Count) continue;
                var page = chunks.Slice(pages[(int)at].Start, pages[(int)at].Length);
                WriteAnnotation(ref to, ref any, ref has, JsonMembers.Find(page, "uri"u8), JsonMembers.Find(page, "title"u8), segment, choice, whole);
            }
        }

        var sources = JsonMembers.Find(candidate.Citations, "citationSources"u8);
        var works = new JsonItems(sources.IsEmpty ? JsonMembers.Find(candidate.Citations, "citations"u8) : sources);
        while (works.Next())
        {
            var title = JsonMembers.Find(works.Value, "title"u8);
            WriteAnnotation(ref to, ref any, ref has, JsonMembers.Find(works.Value, "uri"u8), title, works.Value, choice, whole: false);
        }

        if (has) to.Byte((byte)']');
    }

    /// <summary>The member <c>search_results</c> of an answer with a comma before it; nothing where nothing was found.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="grounding">What one candidate rests on.</param>
    /// <param name="any">Whether the member was begun; the caller ends it.</param>
    public static void WriteResults(ref JsonSink to, ReadOnlySpan<byte> grounding, ref bool any)
    {
        var chunks = JsonMembers.Find(grounding, "groundingChunks"u8);
        foreach (var (start, length) in PagesOf(chunks))
        {
            var page = chunks.Slice(start, length);
            var url = JsonMembers.Find(page, "uri"u8);
            if (!JsonText.IsText(url)) continue;
            to.Raw(any ? ",{\"title\":"u8 : ",\"search_results\":[{\"title\":"u8);
            any = true;
            var title = JsonMembers.Find(page, "title"u8);
            to.Raw(JsonText.IsText(title) ? title : "\"\""u8);
            to.Raw(",\"url\":"u8);
            to.Raw(url);
            to.Byte((byte)'}');
        }
    }

    /// <summary>Searches that are billed for a candidate.</summary>
    public static int Searches(ReadOnlySpan<byte> grounding, GeminiModel model)
    {
        var count = JsonItems.Count(JsonMembers.Find(grounding, "webSearchQueries"u8));
        return model.BillsEachSearch ? count : Math.Min(count, 1);
    }

    private static void WriteAnnotation(
        ref JsonSink to,
        ref bool any,
        ref bool has,
        ReadOnlySpan<byte> url,
        ReadOnlySpan<byte> title,
        ReadOnlySpan<byte> segment,
        ChoiceState choice,
        bool whole)
    {
        if (!JsonText.IsText(url) || !choice.IsTextKept) return;
        if (has) to.Byte((byte)',');
        else CandidateMap.Member(ref to, ref any, "\"annotations\":["u8);
        has = true;
        var from = choice.PartStart(JsonText.Whole(JsonMembers.Find(segment, "partIndex"u8)) ?? 0, whole);
        var before = JsonText.Characters(choice.Text[..from]);
        to.Raw("{\"type\":\"url_citation\",\"url_citation\":{\"url\":"u8);
        to.Raw(url);
        to.Raw(",\"title\":"u8);
        to.Raw(JsonText.IsText(title) ? title : "\"\""u8);
        to.Raw(",\"start_index\":"u8);
        to.Number(before + TextOffsets.Characters(choice.Text[from..], JsonText.Whole(JsonMembers.Find(segment, "startIndex"u8)) ?? 0));
        to.Raw(",\"end_index\":"u8);
        to.Number(before + TextOffsets.Characters(choice.Text[from..], JsonText.Whole(JsonMembers.Find(segment, "endIndex"u8)) ?? 0));
        to.Raw("}}"u8);
    }

    /// <summary>Where each chunk's page stands: a chunk is of the web, of a map or of a file.</summary>
    private static List<(int Start, int Length)> PagesOf(ReadOnlySpan<byte> chunks)
    {
        var pages = new List<(int Start, int Length)>();
        var items = new JsonItems(chunks);
        while (items.Next())
        {
            var page = JsonMembers.Find(items.Value, "web"u8);
            if (page.IsEmpty) page = JsonMembers.Find(items.Value, "maps"u8);
            if (page.IsEmpty) page = JsonMembers.Find(items.Value, "retrievedContext"u8);
            var offset = 0;
            if (!page.IsEmpty) items.Value.Overlaps(page, out offset);
            pages.Add((items.Start + offset, page.Length));
        }

        return pages;
    }
}
