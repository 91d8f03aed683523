using System.Globalization;
using Bifrost.Catalog.Json;
using Bifrost.Chat.Errors;
using Bifrost.Http.Errors;
using Bifrost.Jobs.Requests;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Jobs;

/// <summary>The caller's jobs, the newest first, in the form of OpenAI's lists: <c>{object, data, first_id, last_id, has_more}</c>.</summary>
internal static class JobList
{
    private const int PageDefault = 20;
    private const int PageMax = 100;

    public static JobListQuery? Read(HttpRequest request, string virtualKeyId, out GatewayError? error)
    {
        error = null;
        var query = new JobListQuery { VirtualKeyId = virtualKeyId, CountMax = PageDefault };
        if (One(request, "status") is { } word)
        {
            query = query with { Status = JobWords.Find(word) };
            if (query.Status is null) error = GatewayErrors.BadField("status", $"status is '{word}'; {JobWords.All} stands here.");
        }

        if (One(request, "limit") is { } limit)
        {
            if (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= PageMax)
                query = query with { CountMax = count };
            else error ??= GatewayErrors.BadField("limit", $"limit is '{limit}'; a whole number from 1 to {PageMax} stands here.");
        }

        if (One(request, "after") is { } after)
        {
            if (JobIds.TryParse(after, out var last)) query = query with { Before = last };
            else error ??= GatewayErrors.BadField("after", $"after is '{after}'; the id of the last job of the page before stands here.");
        }

        return error is null ? query : null;
    }

    public static async Task SendAsync(HttpContext context, IJobStore store, JobListQuery query)
    {
        // One more than asked for tells whether there are more.
        var rows = await store.ListAsync(query with { CountMax = query.CountMax + 1 }, context.RequestAborted);
        var page = rows.AsMemory()[..Math.Min(rows.Length, query.CountMax)];
        await JsonResponse.SendAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var row in page.Span) JobJson.WriteLine(json, row);
            json.WriteEndArray();
            json.TextOrNull("first_id", page.IsEmpty ? null : JobIds.ToText(page.Span[0].Id));
            json.TextOrNull("last_id", page.IsEmpty ? null : JobIds.ToText(page.Span[^1].Id));
            json.WriteBoolean("has_more"u8, rows.Length > query.CountMax);
            json.WriteEndObject();
        });
    }

    private static string? One(HttpRequest request, string name) =>
        request.Query.TryGetValue(name, out var values) && !StringValues.IsNullOrEmpty(values) ? values.ToString() : null;
}
