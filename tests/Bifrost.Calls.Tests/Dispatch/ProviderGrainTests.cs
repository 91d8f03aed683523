using System.Collections.Frozen;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers;
using Bifrost.Server.Silo;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>The grain on a real silo, with the real dialect, against the simulator.</summary>
public sealed class ProviderGrainTests : IAsyncLifetime, ICatalog
{
    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private IHost _host = null!;

    public CatalogSnapshot Current { get; private set; } = CatalogSnapshot.Empty;

    public async ValueTask InitializeAsync()
    {
        await _simulator.StartAsync();
        Configure(new Provider { Name = "sim", BaseUrl = SimulatorHost.AddressOf(_simulator), Keyless = true, Concurrency = 50 });
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<ICatalog>(this).AddProviders().AddProviderGrains();
        SiloSetup.Use(builder, new SiloSettings());
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _simulator.StopAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Answers_with_a_body_that_its_receiver_owns()
    {
        var reply = await DispatchAsync(Call("sim", stream: false)).InTimeAsync();
        await using var body = Assert.IsAssignableFrom<ScannedBody>(reply.Body);
        Assert.Contains("chat.completion", Encoding.UTF8.GetString(body.Json.Span));
        Assert.Equal(0, (await Grain().Status()).CallsRunning);
    }

    [Fact]
    public async Task Answers_with_a_live_stream()
    {
        var reply = await DispatchAsync(Call("sim-words-20", stream: true)).InTimeAsync();
        Assert.Equal(1, (await Grain().Status()).CallsRunning);
        await using (var stream = Assert.IsAssignableFrom<ScannedStream>(reply.Body))
        {
            StreamEvent next;
            while ((next = await stream.ReadAsync(CancellationToken.None).AsTask().InTimeAsync()).Kind == StreamEventKind.Chunk) { }
            Assert.Equal(StreamEventKind.Done, next.Kind);
        }
        Assert.Equal(0, (await Grain().Status()).CallsRunning);
    }

    [Fact]
    public async Task Lends_its_dispatch_to_its_silo()
    {
        var reference = _host.Services.GetRequiredService<ProviderReferences>().Of("sim");
        await (await reference.MakeAsync(Call("sim", stream: false)).InTimeAsync()).Body!.DisposeAsync();
        Configure(Current.Providers["sim"] with { Drained = true });

        // A message is answered later, and what is lent at once, by the provider as it is configured now.
        var lent = reference.MakeAsync(Call("sim", stream: false));
        Assert.True(lent.IsCompletedSuccessfully);
        Assert.Equal(ProviderFailures.Drained("sim").Message, (await lent).Failure?.Message);
    }

    [Fact]
    public async Task Refuses_a_provider_that_is_not_configured()
    {
        var reply = await DispatchAsync(Call("m", stream: false), "unknown").InTimeAsync();
        Assert.Equal((FailureKind.ModelNotFound, 404), (reply.Failure!.Kind, reply.Failure.Status));
    }

    [Fact]
    public async Task Takes_up_a_changed_configuration_with_the_next_call()
    {
        Configure(Current.Providers["sim"] with { Concurrency = 1, QueueMax = 0 });
        var first = await DispatchAsync(Call("sim-words-5-stall-after-2", stream: true)).InTimeAsync();
        Assert.Equal(FailureKind.QueueFull, (await DispatchAsync(Call("sim", stream: false)).InTimeAsync()).Failure?.Kind);
        await first.Body!.DisposeAsync();
        Configure();
        Assert.Equal(FailureKind.ModelNotFound, (await DispatchAsync(Call("sim", stream: false)).InTimeAsync()).Failure?.Kind);
    }

    [Fact]
    public async Task Gets_every_slot_back_from_a_thousand_streams_that_are_left()
    {
        var random = new Random(3);
        var calls = Enumerable.Range(0, 1_000).Select(_ => LeaveAsync(random.Next(5), random.Next(3))).ToList();
        await Task.WhenAll(calls).InTimeAsync();
        var status = await Grain().Status();
        Assert.Equal((0, 0), (status.CallsRunning, status.CallsWaiting));
    }

    private async Task LeaveAsync(int chunks, int manner)
    {
        using var leaving = new CancellationTokenSource();
        var reply = await DispatchAsync(Call("sim-words-5-stall-after-4", stream: true) with { Abort = leaving.Token });
        var stream = Assert.IsAssignableFrom<StreamBody>(reply.Body);
        for (var i = 0; i < chunks; i++) await stream.ReadAsync(CancellationToken.None);
        if (manner == 1) await leaving.CancelAsync();
        if (manner == 2)
        {
            using var impatient = new CancellationTokenSource();
            var reading = stream.ReadAsync(impatient.Token).AsTask();
            await impatient.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await stream.DisposeAsync();
    }

    private void Configure(params Provider[] providers) =>
        Current = new CatalogSnapshot { Version = Current.Version + 1, Providers = providers.ToFrozenDictionary(provider => provider.Name) };

    private IProviderGrain Grain(string name = "sim") => _host.Services.GetRequiredService<IGrainFactory>().GetGrain<IProviderGrain>(name);

    /// <summary>Through the grain: a fresh reference has been lent nothing.</summary>
    private Task<ProviderReply> DispatchAsync(ProviderCall call, string provider = "sim") =>
        new ProviderReference(Grain(provider), TimeProvider.System).MakeAsync(call);

    private static ProviderCall Call(string model, bool stream) => new()
    {
        AttemptId = Guid.CreateVersion7(),
        Model = model,
        Stream = stream,
        Body = Encoding.UTF8.GetBytes($$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hello"}]}"""),
        Edits = [],
        RemainingMs = 600_000,
    };
}
