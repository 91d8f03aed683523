using System.Buffers;
using System.Text.Json;
using Bifrost.Calls.Pulse;
using Bifrost.Catalog.Loading;
using Bifrost.Chat.Errors;
using Bifrost.Gateway.Routing;
using Bifrost.Http;
using Bifrost.Http.Errors;
using Bifrost.Ledger.Leases;

namespace Bifrost.Gateway.Health;

/// <summary>
/// <c>/health</c> and <c>/health/live</c> say that the process and its grains get on and what runs in it, and ask nobody else; <c>/health/startup</c>
/// whether it has started, <c>/health/ready</c> whether requests may come.
/// </summary>
/// <param name="version">What runs.</param>
/// <param name="readiness">Whether it has started, and stops.</param>
/// <param name="book">Whether it may admit.</param>
/// <param name="catalog">Whether it knows its keys.</param>
/// <param name="pulse">Whether its grains get on.</param>
internal sealed class HealthEndpoint(ServerVersion version, Readiness readiness, ILeaseBook book, CatalogKeeper catalog, SiloPulse pulse)
{
    public async Task HandleAsync(HttpContext context, RouteMatch route)
    {
        // A process that starts or stops has limits of its own for that.
        var isStuck = route.Kind == RouteKind.Health && readiness is { Started: true, Stops: false } && pulse.IsStuck;
        var reason = isStuck ? $"its grains have answered nothing for {(long)pulse.QuietFor.TotalSeconds} s" : readiness.Reason;
        var no = route.Kind switch
        {
            RouteKind.Startup => !readiness.Started,
            RouteKind.Ready => reason is not null || !book.MayAdmit || !catalog.Loaded.IsCompletedSuccessfully,
            _ => isStuck,
        };
        if (no)
        {
            await ErrorResponse.SendAsync(context, new GatewayError
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Type = isStuck ? ErrorTypes.RequestDropped : reason is null ? ErrorTypes.LedgerUnavailable : ErrorTypes.ShuttingDown,
                Message = $"This process takes no requests: {reason ?? "the store of the ledger cannot be reached"}.",
                RetryAfterMs = 1_000,
            });
            return;
        }

        var body = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, "ok"u8);
            writer.WriteString("version"u8, version.Text);
            writer.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
