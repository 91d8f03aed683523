using System.Buffers;
using System.Text.Json;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Gateway.Routing;
using Bifrost.Http.Auth;
using Bifrost.Http.Errors;
using Bifrost.Keys.Admission;

namespace Bifrost.Gateway.Models;

/// <summary>Lists the models that the calling key may use, and answers for one of them (contract section 1).</summary>
internal sealed class ModelsEndpoint(ICatalog catalog, CallerAuthenticator credentials, BadCredentials bad, TimeProvider time)
{
    public Task HandleAsync(HttpContext context, RouteMatch route)
    {
        var refused = credentials.Identify(context.Request.Headers, out var caller);
        if (refused is not null) return ErrorResponse.SendAsync(context, bad.Judge(context, refused));
        var now = catalog.Current;
        if (Refuse(now, caller, out var key) is { } blocked) return ErrorResponse.SendAsync(context, blocked);
        var ids = ModelDirectory.List(now, key, time.GetUtcNow());
        if (route.Kind == RouteKind.Models) return SendAsync(context, writer => WriteList(writer, ids));

        var id = ids.TryGetValue(route.Id!, out var own) || (route.OpenAiStyle && ids.TryGetValue($"openai/{route.Id}", out own)) ? own : null;
        return id is not null
            ? SendAsync(context, writer => WriteModel(writer, id))
            : ErrorResponse.SendAsync(context, new GatewayError
            {
                Status = StatusCodes.Status404NotFound,
                Type = ErrorTypes.NotFound,
                Message = $"There is no model '{route.Id}' that this key may use.",
                Param = "model",
                Code = "model_not_found",
            });
    }

    private GatewayError? Refuse(CatalogSnapshot now, Caller caller, out VirtualKey? key)
    {
        key = null;
        if (AnonymousKey.Is(caller.VirtualKeyId)) return null;
        now.VirtualKeys.TryGetValue(caller.VirtualKeyId, out key);
        return KeyValidityRule.Of(key, time.GetUtcNow()) == KeyValidity.Valid ? null : CallerAuthenticator.Blocked;
    }

    private static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1_024);
        using (var writer = new Utf8JsonWriter(body)) write(writer);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void WriteList(Utf8JsonWriter writer, SortedSet<string> ids)
    {
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (var id in ids) WriteModel(writer, id);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter writer, string id)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, "model"u8);
        writer.WriteNumber("created"u8, 0);
        writer.WriteString("owned_by"u8, id.AsSpan(0, id.IndexOf('/', StringComparison.Ordinal)));
        writer.WriteEndObject();
    }
}
