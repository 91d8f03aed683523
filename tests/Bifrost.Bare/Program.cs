// bare URL UPSTREAM: hands every POST on and the answer back, chunk by chunk. What it costs is what any gateway on this stack costs at least.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
await using var app = builder.Build();
app.Urls.Add(args[0]);
using var upstream = new HttpMessageInvoker(new SocketsHttpHandler
{
    UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null,
    PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
});
app.Run(async context =>
{
    using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), args[1] + context.Request.Path);
    request.Content = new StreamContent(context.Request.Body);
    request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
    request.Content.Headers.ContentLength = context.Request.ContentLength;
    using var response = await upstream.SendAsync(request, context.RequestAborted);
    context.Response.StatusCode = (int)response.StatusCode;
    context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
    context.Response.ContentLength = response.Content.Headers.ContentLength;
    await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
    while (true)
    {
        var read = await body.ReadAsync(context.Response.BodyWriter.GetMemory(4096), context.RequestAborted);
        if (read == 0) break;
        context.Response.BodyWriter.Advance(read);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
});
await app.RunAsync();
