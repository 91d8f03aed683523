using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Http;
using Bifrost.Ledger.Leases;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/api/cluster</c>: the silos with what each says of itself and what lives on it, the processes that may admit calls, and the catalog version that each
/// works by. Servers on one store that are no cluster show only themselves as a silo, and each other as holders.
/// </summary>
internal sealed class ClusterRoutes(
    ICatalog catalog, ICatalogStore store, ILeaseBook book, ServerVersion version, LiveBoard live, ILocalSiloDetails here) : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get("/api/cluster", GetAsync)];

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        // No version is as high, so this lists every live holder.
        var (reading, asking) = (store.ReadBehindAsync(long.MaxValue, call.Aborted), (live.SilosAsync(), live.ActivationsAsync(), live.ReadAsync()));
        var (entries, activations, board) = (await asking.Item1, await asking.Item2, await asking.Item3);
        var silos = SiloRow.Of(entries, board, activations, here.SiloAddress.ToParsableString(), call.Now);
        var holders = await reading;
        var own = book.Stats();
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("version"u8, version.Text);
            json.WriteString("cluster_id"u8, here.ClusterId);
            json.WriteNumber("catalog_version"u8, catalog.Current.Version);
            json.Objects("silos", silos, SiloJson.Write);
            json.WriteNumber("count"u8, silos.Count);
            if (activations is null) json.WriteNull("activations"u8);
            else json.Objects("activations", GrainCount.Of(activations), SiloJson.WriteActivations);
            json.Objects("holders", holders, (each, holder) =>
            {
                each.WriteStartObject();
                each.WriteString("id"u8, holder.Holder);
                each.WriteBoolean("is_this"u8, holder.Holder == own.HolderId);
                each.WriteNumber("catalog_version"u8, holder.Seen);
                each.WriteNumber("alive_for_ms"u8, holder.ForMs);
                each.WriteEndObject();
            });
            json.WriteStartObject("this"u8);
            json.WriteBoolean("admits"u8, own.MayAdmit);
            json.WriteNumber("leases"u8, own.Leases);
            json.WriteNumber("calls_held"u8, own.Holds);
            json.WriteNumber("calls_waiting_for_credit"u8, own.Waiters);
            json.WriteNumber("entries_unposted"u8, own.UnpostedEntries);
            json.WriteNumber("batches"u8, own.Batches);
            json.WriteNumber("batch_failures"u8, own.BatchFailures);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }
}
