using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Grains;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Windows;
using Bifrost.Server.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace Bifrost.Keys.Tests.Grains;

/// <summary>Keys' grains and the account that they share, on a real silo.</summary>
public sealed class AccountGrainTests : IAsyncLifetime
{
    private const int Keys = 200;
    private const int Room = 63;

    private readonly JsonGrainStorage _storage = new();
    private IHost _host = null!;

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    private IAccountGrain Team => Grains.GetGrain<IAccountGrain>(AccountKeys.OfTeam("t"));

    public ValueTask InitializeAsync() => StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task Of_two_hundred_keys_at_once_exactly_as_many_pass_as_there_is_room_for()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, Keys).Select(i => Key(i).Admit(TestKey.Request()))).InTimeAsync();
        Assert.Equal(Room, replies.Count(r => r.Ticket is not null));
        Assert.All(replies.Where(r => r.Ticket is null), r => Assert.Equal(RefusalReason.RequestLimited, r.Refusal!.Reason));
        var requests = (await Team.Status().InTimeAsync()).Requests!;
        Assert.Equal((Room, Room), (requests.Limit, requests.Used + requests.Held));
    }

    [Fact]
    public async Task Callers_of_one_key_never_pass_more_often_than_there_is_room()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => Key(i % 3).Admit(TestKey.Request()))).InTimeAsync();
        Assert.InRange(replies.Count(r => r.Ticket is not null), 1, Room);
    }

    [Fact]
    public async Task Keys_tell_what_they_used_when_they_end_and_the_account_remembers_it()
    {
        for (var i = 0; i < 5; i++)
        {
            var ticket = (await Key(i).Admit(TestKey.Request()).InTimeAsync()).Ticket!;
            await Key(i).Settle(TestKey.End(ticket) with { Outcome = AttemptOutcome.Completed }).InTimeAsync();
        }

        await _host.StopAsync();
        _host.Dispose();
        await StartAsync();
        var requests = (await Team.Status().InTimeAsync()).Requests!;
        Assert.Equal((5L, 0L), (requests.Used, requests.Held));
    }

    [Fact]
    public async Task Slices_go_back_by_themselves()
    {
        // The second call takes more than it needs.
        for (var i = 0; i < 8; i++) await Key(0).Settle(TestKey.End((await Key(0).Admit(TestKey.Request()).InTimeAsync()).Ticket!)).InTimeAsync();
        var requests = await Eventually.UntilAsync(
            async () => (await Team.Status()).Requests!, window => window.Held == 0, window => $"{window.Held} held");
        Assert.Equal(8, requests.Used);
    }

    private static CatalogHolder Catalog()
    {
        var one = TestKey.Catalog(requestsMax: 1_000).Current;
        var key = one.VirtualKeys["vk"] with { TeamId = "t" };
        var year = new WindowPeriod(1, PeriodUnit.Year, CalendarAligned: true);
        return new CatalogHolder(one with
        {
            VirtualKeys = Enumerable.Range(0, Keys).Select(i => key with { Id = $"vk{i}" }).ToFrozenDictionary(k => k.Id, StringComparer.Ordinal),
            Teams = new[]
            {
                new Team { Id = "t", Name = "t", RateLimit = new RateLimit { RequestsMax = Room, RequestPeriod = year } },
            }.ToFrozenDictionary(t => t.Id, StringComparer.Ordinal),
        });
    }

    private IVirtualKeyGrain Key(int i) => Grains.GetGrain<IVirtualKeyGrain>($"vk{i}");

    private async ValueTask StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<ICatalog>(Catalog())
            .AddSingleton<ILeaseBook, OpenBook>().AddSingleton(new LedgerOptions()).AddKeyGrains();
        SiloSetup.Use(builder, new SiloSettings { AddGrainStorage = services => services.AddKeyedSingleton<IGrainStorage>("Default", _storage) });
        _host = builder.Build();
        await _host.StartAsync();
    }
}
