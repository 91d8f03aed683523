using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bifrost.Testing;

/// <summary>An upstream that answers nobody before it is told to, and knows how many calls it had at the same time.</summary>
internal sealed class GatedUpstream : IAsyncDisposable
{
    private const string Answer = """
        {"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},
        "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
        """;

    private readonly WebApplication _app;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<(int Calls, TaskCompletionSource Reached)> _awaited = [];
    private int _running;

    private GatedUpstream(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>The most calls that ran at the same time.</summary>
    public int RunningMost { get; private set; }

    public int Calls { get; private set; }

    public static async Task<GatedUpstream> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var upstream = new GatedUpstream(app);
        app.Run(upstream.AnswerAsync);
        await app.StartAsync();
        return upstream;
    }

    /// <summary>Completes when so many calls have come.</summary>
    public Task CallsAsync(int calls)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Calls >= calls) return Task.CompletedTask;
            _awaited.Add((calls, reached));
        }

        return reached.Task;
    }

    public void Open() => _opened.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Open();
        return _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        lock (_gate)
        {
            Calls++;
            RunningMost = Math.Max(RunningMost, ++_running);
            foreach (var (calls, reached) in _awaited)
                if (Calls >= calls) reached.TrySetResult();
        }

        await _opened.Task;

        // Before the answer is sent: the gateway may send the next call as soon as it has it.
        lock (_gate) _running--;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(Answer);
    }
}
