using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>A server that is told to stop while clients wait for the ends of jobs.</summary>
public sealed class StoppingServers : IAsyncLifetime
{
    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await GatedUpstream.StartAsync();

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task An_open_long_poll_is_answered_as_things_stand_while_the_job_still_has_its_drain_time()
    {
        await using var server = await JobServer.StartAsync(
            JobServer.Configuration(_upstream.Address), JobServer.NewStore(), options => options with { DrainFor = TimeSpan.FromHours(1), PollWaitMax = TimeSpan.FromHours(1) });
        var id = await server.SubmitAsync();
        await _upstream.CallsAsync(1).InTimeAsync();
        using var arrivals = new Arrivals(id);
        var byPath = server.PollAsync(id, waitSeconds: 3_600);
        var byHeader = server.SendAsync(HttpMethod.Post, $"{Requests.Chat}?wait=3600&{id}", JobServer.Key, "{}", ("x-bf-async-id", id));
        await arrivals.ReachAsync(2).InTimeAsync();
        var stopping = server.StopAsync();

        var polled = await byPath.InTimeAsync();
        Assert.Equal((202, "processing", "1"), (polled.Status, polled.Json.GetProperty("status").GetString(), polled.Header("Retry-After")));
        polled = await byHeader.InTimeAsync();
        Assert.Equal((200, id, "processing", 0), (polled.Status, polled.Json.GetProperty("id").GetString(), polled.Header("x-bf-async-status"), polled.Json.GetProperty("choices").GetArrayLength()));
        Assert.False(stopping.IsCompleted, "the job was not given its drain time");
        _upstream.Open();
        await stopping.InTimeAsync();
    }

    /// <summary>The second stop of the lease book waited 20 s for loops that had ended; here the clock stands still, and the host has an hour.</summary>
    [Fact]
    public async Task Every_exit_waited_for_a_second_stop()
    {
        var server = await JobServer.StartAsync(
            JobServer.Configuration(_upstream.Address), JobServer.NewStore(), options => options with { DrainFor = TimeSpan.FromHours(1) }, new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await server.StopAsync().InTimeAsync();
        await server.DisposeAsync().AsTask().InTimeAsync();
    }

    /// <summary>Counts the requests of this process's servers whose address has a text in it, as they come in.</summary>
    private sealed class Arrivals : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly string _text;
        private readonly SemaphoreSlim _came = new(0);
        private readonly IDisposable _all;
        private IDisposable? _one;

        public Arrivals(string text)
        {
            _text = text;
            _all = DiagnosticListener.AllListeners.Subscribe(this);
        }

        public async Task ReachAsync(int count)
        {
            for (var i = 0; i < count; i++) await _came.WaitAsync();
        }

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.AspNetCore") _one = value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "Microsoft.AspNetCore.Hosting.HttpRequestIn.Start", Value: HttpContext context }
                && (context.Request.Path + context.Request.QueryString.Value).Contains(_text, StringComparison.Ordinal)) _came.Release();
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose()
        {
            _one?.Dispose();
            _all.Dispose();
        }
    }
}
