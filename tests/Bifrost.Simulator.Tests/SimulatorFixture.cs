using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

[assembly: AssemblyFixture(typeof(Bifrost.Simulator.Tests.SimulatorFixture))]

namespace Bifrost.Simulator.Tests;

/// <summary>One simulator on a loopback port for all tests, with a client that looks at raw answers.</summary>
public sealed class SimulatorFixture : IAsyncLifetime
{
    private readonly WebApplication _app = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 1000 });

    public HttpClient Client { get; } = new() { Timeout = Eventually.Limit };

    public static string NewId() => Guid.CreateVersion7().ToString("N");

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        Client.BaseAddress = SimulatorHost.AddressOf(_app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <param name="model">The model name.</param>
    /// <param name="more">More fields, each with its comma before it.</param>
    /// <param name="id">The call's <c>x-client-request-id</c>.</param>
    /// <param name="messages">The messages array.</param>
    public static HttpRequestMessage Request(string model, string more = "", string? id = null, string messages = Chat.Hello)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent($"{{\"model\":\"{model}\",\"messages\":{messages}{more}}}", Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        if (id is not null) request.Headers.Add("x-client-request-id", id);
        return request;
    }

    /// <summary>Sends a call and returns when its headers are there.</summary>
    public Task<HttpResponseMessage> OpenAsync(string model, string more = "", string? id = null, string messages = Chat.Hello, CancellationToken until = default) =>
        Client.SendAsync(Request(model, more, id, messages), HttpCompletionOption.ResponseHeadersRead, until);

    public async Task<JsonElement> AskAsync(string model, string more = "", string? id = null, string messages = Chat.Hello)
    {
        using var response = await OpenAsync(model, more, id, messages);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    public async Task<string> StreamAsync(string model, string more = "", string? id = null)
    {
        using var response = await OpenAsync(model, Chat.Stream + more, id);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Calls, waits until the simulator has the call, and leaves before it answers.</summary>
    public async Task LeaveAsync(string model, string more, string id)
    {
        using var leaving = new CancellationTokenSource();
        var call = OpenAsync(model, more, id, until: leaving.Token);
        await BillLineAsync(id, final: false);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    /// <summary>The bill line of a call once it is final, or as soon as there is one.</summary>
    public async Task<JsonElement> BillLineAsync(string id, bool final = true)
    {
        JsonElement[] found = await Eventually.UntilAsync(
            async () => Chat.Lines(await Client.GetStringAsync("/bill")).Where(line => line.Text("request_id") == id).ToArray(),
            lines => lines is [var line] && (!final || line.Text("outcome") != "running"),
            lines => string.Join('\n', lines));
        return found[0];
    }
}
