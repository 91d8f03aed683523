using System.IO.Compression;
using System.Reflection;
using Bifrost.Gateway.Routing;
using Scalar.AspNetCore;

namespace Bifrost.Gateway.Description;

/// <summary>
/// The description of the HTTP interface (OpenAPI 3.1, <c>openapi.json</c> beside this file) and a page that shows it. Both are open: they say
/// nothing of this server. The page's script is Scalar's own, from its package: nothing is fetched from elsewhere.
/// </summary>
internal sealed class DescriptionEndpoint
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly byte[] s_page = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Bifrost.Actors: HTTP interface</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
        <body>
        <script id="api-reference" data-url="/openapi.json" data-configuration='{"withDefaultFonts":false,"telemetry":false,"hideClientButton":true}'></script>
        <script src="/docs/scalar.js"></script>
        </body>
        </html>
        """u8.ToArray();

    private readonly Lazy<byte[]> _description = new(static () => Resource(typeof(DescriptionEndpoint).Assembly, "openapi.json"));
    private readonly Lazy<byte[]> _script = new(static () => Resource(typeof(ScalarOptions).Assembly, "ScalarStaticAssets.scalar.js"));

    public Task HandleAsync(HttpContext context, RouteMatch route) => route.Kind switch
    {
        RouteKind.Docs => SendAsync(context, "text/html; charset=utf-8", s_page),
        RouteKind.DocsScript => SendScriptAsync(context),
        _ => SendAsync(context, "application/json", _description.Value),
    };

    private static byte[] Resource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no {name}.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static Task SendAsync(HttpContext context, string type, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "public, max-age=300";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.BodyWriter.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>The package has it compressed.</summary>
    private Task SendScriptAsync(HttpContext context)
    {
        const string type = "text/javascript; charset=utf-8";
        var script = _script.Value;
        if (!script.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])) return SendAsync(context, type, script);
        context.Response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return SendAsync(context, type, script);
        }

        return SendAsync(context, type, Unpacked(script));
    }

    private static byte[] Unpacked(byte[] gzip)
    {
        using var whole = new MemoryStream();
        using var unpacked = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress);
        unpacked.CopyTo(whole);
        return whole.ToArray();
    }
}
