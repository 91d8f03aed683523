using Bifrost.Simulator.Anthropic;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Gemini;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Responses;
using Bifrost.Simulator.Scripts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bifrost.Simulator;

/// <summary>
/// Opens a simulator: a scripted upstream that speaks the OpenAI chat protocol, Anthropic's messages and Gemini's generated content, and keeps its own bill.
/// Start it with <c>StartAsync</c>, read <see cref="AddressOf"/>, stop it with <c>StopAsync</c> and dispose it.
/// </summary>
public static class SimulatorHost
{
    /// <summary>So few that a flush ends once the socket has all bytes. Two is the least: the server's buffer wakes a writer at half of it.</summary>
    private const int BytesUnsent = 2;

    public static WebApplication Create(SimulatorOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        if (options.FlushesToSocket) builder.Services.Configure<SocketTransportOptions>(static sockets => sockets.MaxWriteBufferSize = BytesUnsent);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        if (!options.OwnsProcess) builder.Services.AddSingleton<IHostLifetime, GuestLifetime>();
        if (options.Log) builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        var file = options.BillFile is null ? null : new BillFile(options.BillFile);
        if (file is not null) builder.Services.AddHostedService(_ => file);

        var app = builder.Build();
        app.Urls.Add(options.Url);
        var router = RouterFor(options, file);
        app.Run(router.RouteAsync);
        return app;
    }

    /// <summary>Where a started simulator listens, without a path: <c>http://127.0.0.1:40123</c>.</summary>
    public static Uri AddressOf(WebApplication started) => new(started.Urls.First());

    private static Router RouterFor(SimulatorOptions options, BillFile? file)
    {
        var bill = new Bill(options.BillLinesMax, options.Time, file);
        var recorder = options.RecordedCallsMax == 0 ? null : new CallRecorder(options.RecordedCallsMax, options.RecordedBytesMax);
        var (scripts, gates) = (new ScriptBook(), new GateKeeper());
        var messages = new MessagesHandler(bill, scripts, gates, recorder, options.Time);
        var generate = new GenerateHandler(bill, scripts, gates, recorder, options.Time);
        var responses = new ResponsesHandler(bill, scripts, gates, recorder, options.Time);
        var chat = new ChatHandler(bill, scripts, gates, recorder, options.Time);
        return new Router(chat, messages.HandleAsync, generate.HandleAsync, responses.HandleAsync, bill, recorder);
    }

    private static void Configure(KestrelServerOptions kestrel, SimulatorOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.BodyBytesMax;
        // A scripted drip is slower than any server's patience with readers.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
    }
}
