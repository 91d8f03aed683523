using Bifrost.Catalog.Grains;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Grains;
using Bifrost.Ledger.Leases;
using Bifrost.Server.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Keys.Tests.Grains;

/// <summary>The key's grain on a real silo.</summary>
public sealed class VirtualKeyGrainTests : IAsyncLifetime
{
    private readonly JsonGrainStorage _storage = new();
    private readonly FakeBook _book = new();
    private IHost _host = null!;

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    private KeyReference Reference => _host.Services.GetRequiredService<KeyReferences>().Of("vk");

    private IVirtualKeyGrain Key => Grains.GetGrain<IVirtualKeyGrain>("vk");

    public ValueTask InitializeAsync() => StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task Admits_no_more_than_the_window_has_room_for_when_all_come_at_once()
    {
        // Every admission waits for credit until all of them do: one that came later would be refused before it asks the book.
        _book.Waits = true;
        var asking = Enumerable.Range(0, 200).Select(_ => Key.Admit(TestKey.Request())).ToArray();
        await Eventually.UntilAsync(() => _book.Waiting >= 200);
        for (var i = 0; i < 200; i++) _book.AnswerNext();

        var replies = await Task.WhenAll(asking).InTimeAsync();

        var tickets = replies.Where(r => r.Ticket is not null).Select(r => r.Ticket!).ToArray();
        Assert.Equal(10, tickets.Length);
        Assert.Equal(10, (await Key.Status()).CallsInFlight);
        await Task.WhenAll(tickets.Select(t => Key.Settle(TestKey.End(t)))).InTimeAsync();
        Assert.Equal(0, (await Key.Status()).CallsInFlight);
        Assert.Equal(200, _book.Entries.Count);
    }

    [Fact]
    public async Task Admits_no_more_than_the_window_has_room_for_by_messages_and_by_its_loan_at_once()
    {
        // The first call goes to the grain, which lends its admission.
        Assert.NotNull((await Reference.AdmitAsync(TestKey.Request()).InTimeAsync()).Ticket);
        _book.Waits = true;
        var asking = new Task<AdmitReply>[200];
        await Parallel.ForAsync(0, 200, (i, _) =>
        {
            asking[i] = i % 2 == 0 ? Key.Admit(TestKey.Request()) : Reference.AdmitAsync(TestKey.Request());
            return ValueTask.CompletedTask;
        });
        await Eventually.UntilAsync(() => _book.Waiting >= 200);
        for (var i = 0; i < 200; i++) _book.AnswerNext();

        var tickets = (await Task.WhenAll(asking).InTimeAsync()).Where(r => r.Ticket is not null).Select(r => r.Ticket!).ToArray();
        Assert.Equal(9, tickets.Length);
        Assert.Equal(10, (await Key.Status()).CallsInFlight);
        await Parallel.ForEachAsync(tickets, async (ticket, _) => await Reference.SettleAsync(TestKey.End(ticket))).InTimeAsync();
        Assert.Equal(1, (await Key.Status()).CallsInFlight);
        Assert.Equal(200, _book.Entries.Count);
    }

    [Fact]
    public async Task Takes_its_loan_back_before_it_leaves_so_that_no_window_is_forgotten()
    {
        for (var i = 0; i < 4; i++) await Reference.SettleAsync(TestKey.End((await Reference.AdmitAsync(TestKey.Request()).InTimeAsync()).Ticket!)).InTimeAsync();

        await Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero).InTimeAsync();

        Assert.Equal(5, (await Reference.AdmitAsync(TestKey.Request()).InTimeAsync()).RateLimits!.RemainingRequests);
        var status = await Key.Status().InTimeAsync();
        Assert.Equal((5, 1), (status.RateLimits!.RemainingRequests, status.CallsInFlight));
    }

    [Fact]
    public async Task Lends_its_admission_to_its_silo()
    {
        await Reference.AdmitAsync(TestKey.Request()).InTimeAsync();

        // The book answers at once: so does what is lent, and a message does not.
        Assert.True(Reference.AdmitAsync(TestKey.Request()).IsCompletedSuccessfully);
        Assert.Equal(2, (await Key.Status().InTimeAsync()).CallsInFlight);
    }

    [Fact]
    public async Task Remembers_its_windows_across_activations()
    {
        for (var i = 0; i < 4; i++) await Key.Settle(TestKey.End((await Key.Admit(TestKey.Request()).InTimeAsync()).Ticket!)).InTimeAsync();

        await _host.StopAsync();
        _host.Dispose();
        await StartAsync();

        Assert.Equal(6, (await Key.Status().InTimeAsync()).RateLimits!.RemainingRequests);
    }

    [Fact]
    public async Task Settles_what_another_activation_admitted()
    {
        var ticket = (await Key.Admit(TestKey.Request()).InTimeAsync()).Ticket!;
        await _host.StopAsync();
        _host.Dispose();
        await StartAsync();

        await Key.Settle(TestKey.End(ticket)).InTimeAsync();

        Assert.Equal((ticket.AttemptId, ticket.LeaseId), (_book.Entries[0].AttemptId, _book.Entries[0].LeaseId));
        Assert.Equal(0, (await Key.Status()).CallsInFlight);
    }

    [Fact]
    public async Task The_catalogs_doorbell_wakes_who_waits()
    {
        var announcement = Grains.GetGrain<ICatalogGrain>(ICatalogGrain.Key);
        var waiting = announcement.WaitBeyond(0);
        await announcement.Announce(3).InTimeAsync();

        Assert.Equal(3, await waiting.InTimeAsync());
    }

    private async ValueTask StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<ICatalog>(TestKey.Catalog(requestsMax: 10))
            .AddSingleton<ILeaseBook>(_book).AddSingleton(new LedgerOptions()).AddKeyGrains();
        SiloSetup.Use(builder, new SiloSettings { AddGrainStorage = services => services.AddKeyedSingleton<IGrainStorage>("Default", _storage) });
        _host = builder.Build();
        await _host.StartAsync();
    }
}
