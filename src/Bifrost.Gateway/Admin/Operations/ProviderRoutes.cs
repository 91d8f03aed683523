using System.Text.Json;
using Bifrost.Abstractions.Providers;
using Bifrost.Core.Catalog;
using Bifrost.Gateway.Admin.Http;
using Bifrost.Gateway.Admin.Writing;

namespace Bifrost.Gateway.Admin.Operations;

/// <summary><c>/api/providers</c>: what is configured of each provider and how it does on this server. Keys by name, never by value.</summary>
internal sealed class ProviderRoutes(ICatalog catalog, IGrainFactory grains, AdminOptions options, TimeProvider time) : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get("/api/providers", ListAsync), AdminRoute.Get("/api/providers/{name}", GetAsync)];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var all = catalog.Current.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal).ToArray();
        var statuses = await Task.WhenAll(all.Select(provider => StatusAsync(provider.Name))).ConfigureAwait(false);
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.Objects("providers", all.Zip(statuses), (each, one) => Write(each, one.First, one.Second));
            json.WriteNumber("count"u8, all.Length);
            json.WriteEndObject();
        });
    }

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        if (!catalog.Current.Providers.TryGetValue(call.Id, out var provider)) return AdminAnswer.NotFound("provider", call.Id);
        var status = await StatusAsync(provider.Name).ConfigureAwait(false);
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("provider"u8);
            Write(json, provider, status);
            json.WriteEndObject();
        });
    }

    private async Task<ProviderStatus?> StatusAsync(string provider)
    {
        try
        {
            return await grains.GetGrain<IProviderGrain>(provider).Status()
                .WaitAsync(TimeSpan.FromMilliseconds(options.GrainWaitMs), time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, Provider provider, ProviderStatus? status)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, provider.Name);
        json.WriteString("dialect"u8, provider.Dialect);
        json.WriteString("base_url"u8, provider.BaseUrl.ToString());
        json.WriteNumber("concurrency"u8, provider.Concurrency);
        json.WriteNumber("buffer_size"u8, provider.QueueMax);
        json.WholeOrNull("calls_running", status?.CallsRunning);
        json.WholeOrNull("calls_waiting", status?.CallsWaiting);
        json.Objects("keys", provider.Keys, (each, key) => WriteKey(each, key, status?.Keys.FirstOrDefault(circuit => circuit.KeyId == key.Id)?.State));
        json.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter json, ProviderKey key, CircuitState? circuit)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, key.Id);
        json.WriteString("name"u8, key.Name);
        json.Texts("models", key.Models.Names);
        json.WriteNumber("weight"u8, key.Weight);
        json.WriteBoolean("enabled"u8, key.Enabled);
        json.WriteString("circuit"u8, circuit switch { CircuitState.Open => "open", CircuitState.HalfOpen => "half_open", _ => "closed" });
        json.WriteEndObject();
    }
}
