using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bifrost.Testing;

/// <summary>An endpoint that keeps what it is told, and answers each time with the next status.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<Told> _told = [];
    private readonly Queue<int> _statuses;

    private WebhookReceiver(WebApplication app, IEnumerable<int> statuses) => (_app, _statuses) = (app, new Queue<int>(statuses));

    public Uri Address => new(_app.Urls.First());

    public IReadOnlyList<Told> Told
    {
        get
        {
            lock (_gate) return [.. _told];
        }
    }

    /// <param name="statuses">What it answers, one after the other; then 204.</param>
    public static async Task<WebhookReceiver> StartAsync(params int[] statuses)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(app, statuses);
        app.Run(receiver.AnswerAsync);
        await app.StartAsync();
        return receiver;
    }

    public Task ToldAsync(int times) => Eventually.UntilAsync(() => Told.Count >= times);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        int status;
        lock (_gate)
        {
            _told.Add(new Told(context.Request.Path, headers, body.ToArray()));
            status = _statuses.TryDequeue(out var next) ? next : 204;
        }

        context.Response.StatusCode = status;
        if (status is >= 300 and <= 399) context.Response.Headers.Location = "/elsewhere";
    }
}

/// <summary>One delivery as it came.</summary>
internal sealed record Told(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);
