using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/api/providers</c>: what is configured of each provider, how it does on this server and, from the board, on every silo; keys by name, never by value.
/// And its draining, after which no server lets a new try go to it until it is enabled again.
/// </summary>
internal sealed class ProviderRoutes(
    ICatalog catalog, ProviderSwitch switches, LiveBoard live, IGrainFactory grains, AdminOptions options, TimeProvider time) : IAdminRoutes
{
    private const string Root = "/api/providers";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/{name}", GetAsync),
        AdminRoute.Post(Root + "/{name}/drain", call => TurnAsync(call, drain: true)),
        AdminRoute.Post(Root + "/{name}/enable", call => TurnAsync(call, drain: false)),
    ];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var all = catalog.Current.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal).ToArray();
        var reading = live.ReadAsync();
        var statuses = await Task.WhenAll(all.Select(provider => StatusAsync(provider.Name)));
        var board = await reading;
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.Objects("providers", all.Zip(statuses), (each, one) => Write(each, one.First, one.Second, board));
            json.WriteNumber("count"u8, all.Length);
            json.WriteEndObject();
        });
    }

    private async Task<AdminAnswer> GetAsync(AdminCall call) => catalog.Current.Providers.TryGetValue(call.Id, out var provider)
        ? AdminAnswer.One("provider", await WriterAsync(provider))
        : AdminAnswer.NotFound("provider", call.Id);

    /// <summary>Goes on until the catalog's barrier is passed; repeating it changes nothing.</summary>
    private async Task<AdminAnswer> TurnAsync(AdminCall call, bool drain)
    {
        call.Fields().End();
        if (call.Findings.Error is { } error) return error;
        if (await switches.TurnAsync(call.Id, drain, key => call.Audit(ProviderSwitch.ActionOf(drain), key)) is { } refusal) return refusal;
        return AdminAnswer.Done(
            drain ? "Provider drained. No server lets a new try go to it; those that run go on to their end." : "Provider enabled.",
            "provider",
            await WriterAsync(catalog.Current.Providers[call.Id]));
    }

    private async Task<Action<Utf8JsonWriter>> WriterAsync(Provider provider)
    {
        var reading = live.ReadAsync();
        var status = await StatusAsync(provider.Name);
        var board = await reading;
        return json => Write(json, provider, status, board);
    }

    private async Task<ProviderStatus?> StatusAsync(string provider)
    {
        try
        {
            return await grains.GetGrain<IProviderGrain>(provider).Status()
                .WaitAsync(TimeSpan.FromMilliseconds(options.GrainWaitMs), time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, Provider provider, ProviderStatus? status, BoardView board)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, provider.Name);
        json.WriteBoolean("drained"u8, provider.Drained);
        json.WriteString("dialect"u8, provider.Dialect);
        json.WriteString("base_url"u8, provider.BaseUrl.ToString());
        json.WriteNumber("concurrency"u8, provider.Concurrency);
        json.WriteNumber("buffer_size"u8, provider.QueueMax);
        json.WholeOrNull("calls_running", status?.CallsRunning);
        json.WholeOrNull("calls_waiting", status?.CallsWaiting);
        json.Objects("keys", provider.Keys, (each, key) => WriteKey(each, key, status?.Keys.FirstOrDefault(circuit => circuit.KeyId == key.Id)?.State));
        json.Objects("silos", On(provider.Name, board), (each, seen) => SiloJson.WriteProvider(each, seen.Silo, seen.Status));
        json.WriteEndObject();
    }

    private static IEnumerable<(SiloSeen Silo, ProviderStatus Status)> On(string provider, BoardView board) =>
        from silo in board.Silos
        from report in silo.Report.Providers
        where report.Name == provider
        select (silo, report.Status);

    private static void WriteKey(Utf8JsonWriter json, ProviderKey key, CircuitState? circuit)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        json.WriteString("name"u8, key.Name);
        json.Texts("models", key.Models.Names);
        json.WriteNumber("weight"u8, key.Weight);
        json.WriteBoolean("enabled"u8, key.Enabled);
        json.WriteString("circuit"u8, SiloJson.Word(circuit));
        json.WriteEndObject();
    }
}
