using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/virtual-keys</c>.</summary>
internal sealed class VirtualKeyRoutes(GovernanceEditor governance, LiveKeys live) : IAdminRoutes
{
    private const string Root = "/api/governance/virtual-keys";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Post(Root, CreateAsync),
        AdminRoute.Get(Root + "/{id}", GetAsync),
        AdminRoute.Put(Root + "/{id}", UpdateAsync),
        AdminRoute.Delete(Root + "/{id}", DeleteAsync),
        AdminRoute.Post(Root + "/{id}/rotate", RotateAsync),
    ];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (search, team, customer) = (call.Query("search"), call.Query("team_id"), call.Query("customer_id"));
        var sort = call.Word("sort_by", "name", "created_at") ?? "name";
        var down = call.Word("order", "asc", "desc") == "desc";
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return error;
        var now = governance.Now;
        var fitting = now.VirtualKeys.Values
            .Where(key => (team is null || key.TeamId == team) && (customer is null || key.CustomerId == customer)
                && GovernanceEditor.Fits(search, key.Name, key.Id, key.Description));
        var sorted = sort == "name"
            ? fitting.OrderBy(key => key.Name, StringComparer.OrdinalIgnoreCase).ThenBy(key => key.Id, StringComparer.Ordinal)
            : fitting.OrderBy(key => key.CreatedAt).ThenBy(key => key.Id, StringComparer.Ordinal);
        var page = Page<VirtualKey>.Of([.. down ? sorted.Reverse() : sorted], limit, offset);
        var numbers = await governance.NumbersAsync(page.Items.SelectMany(LedgerNumbers.BudgetsOf), call.Aborted);
        return AdminAnswer.Of(json => Json.Page(json, "virtual_keys", page, (each, key) => KeyJson.Write(each, key, now, numbers)));
    }

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        var now = governance.Now;
        if (!now.VirtualKeys.TryGetValue(call.Id, out var key)) return AdminAnswer.NotFound("virtual key", call.Id);
        var numbers = await governance.NumbersAsync(LedgerNumbers.BudgetsOf(key), call.Aborted);
        var status = await live.StatusAsync(key.Id);
        return AdminAnswer.One("virtual_key", json => KeyJson.Write(json, key, now, numbers, status));
    }

    private async Task<AdminAnswer> CreateAsync(AdminCall call)
    {
        var id = call.NewId().ToString();
        var secret = Secrets.NewVirtualKey();
        var blank = new VirtualKey { Id = id, Name = "", Secrets = [new KeySecret(Secrets.Hash(secret), null)], CreatedAt = call.Now };
        if (!call.Fields().IsNamed("name")) call.Findings.Add("name", "is missing; give the key a name");
        return await WriteAsync(
            call, id, "create", _ => blank, isNew: true, "Virtual key created. Its value is shown this once.", secret);
    }

    private Task<AdminAnswer> UpdateAsync(AdminCall call) =>
        WriteAsync(call, call.Id, "update", catalog => catalog.VirtualKeys.GetValueOrDefault(call.Id), isNew: false, "Virtual key updated.", null);

    private async Task<AdminAnswer> WriteAsync(
        AdminCall call, string id, string action, Func<CatalogSnapshot, VirtualKey?> before, bool isNew, string message, string? secret)
    {
        var audit = call.Audit(action, new CatalogKey(CatalogKinds.VirtualKey, id));
        return await SaveAsync(
            call, id, audit, message, secret, catalog => before(catalog) is { } key ? Read(call, key, catalog, isNew) : null);
    }

    private static VirtualKey Read(AdminCall call, VirtualKey before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var key = VirtualKeyReader.Read(fields, before, GovernanceEditor.Scope(call, catalog, isNew)) with { UpdatedAt = call.Now };
        if (catalog.VirtualKeys.Values.Any(other => other.Name == key.Name && other.Id != key.Id))
            fields.Error("name", $"is \"{key.Name}\", which another virtual key has; names are unique");
        return key;
    }

    private async Task<AdminAnswer> RotateAsync(AdminCall call)
    {
        const int overlapMax = 30 * 86_400;
        var fields = call.Fields();
        var overlap = fields.Whole("overlap_seconds", 0, overlapMax) ?? 0;
        fields.End();
        if (call.Findings.Error is { } error) return error;
        var secret = Secrets.NewVirtualKey();
        var made = new KeySecret(Secrets.Hash(secret), null);
        var audit = call.Audit("rotate", new CatalogKey(CatalogKinds.VirtualKey, call.Id), json => json.WriteNumber("overlap_seconds"u8, overlap));
        return await SaveAsync(call, call.Id, audit, "Virtual key rotated. Its new value is shown this once.", secret, catalog =>
        {
            if (!catalog.VirtualKeys.TryGetValue(call.Id, out var key)) return null;
            var isMade = key.Secrets.Any(one => one.Hash.AsSpan().SequenceEqual(made.Hash.AsSpan()));
            if (isMade) return key;
            var old = key.Secrets.Where(one => one.ValidUntil is null && overlap > 0).Select(one => one with { ValidUntil = call.Now.AddSeconds(overlap) });
            return key with { Secrets = [made, .. old], UpdatedAt = call.Now };
        });
    }

    private async Task<AdminAnswer> SaveAsync(
        AdminCall call, string id, AuditEntry audit, string message, string? secret, Func<CatalogSnapshot, VirtualKey?> next)
    {
        VirtualKey? written = null;
        var refusal = await governance.EditAsync(catalog =>
        {
            written = next(catalog);
            return written is null
                ? CatalogEdit.Refuse(AdminAnswer.NotFound("virtual key", id).Error!)
                : GovernanceEditor.Write(call, CatalogSeeds.Of(written), audit);
        });
        if (refusal is not null) return refusal;
        var now = governance.Now;
        var key = now.VirtualKeys.GetValueOrDefault(id) ?? written!;
        var numbers = await governance.NumbersAsync(LedgerNumbers.BudgetsOf(key), CancellationToken.None);
        return AdminAnswer.Done(message, "virtual_key", json => KeyJson.Write(json, key, now, numbers, secret: secret));
    }

    private async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        var target = new CatalogKey(CatalogKinds.VirtualKey, call.Id);
        var audit = call.Audit("delete", target);
        var seen = false;
        var refusal = await governance.EditAsync(catalog =>
        {
            seen |= catalog.VirtualKeys.ContainsKey(call.Id);
            return seen ? GovernanceEditor.Delete(target, audit) : CatalogEdit.Refuse(AdminAnswer.NotFound("virtual key", call.Id).Error!);
        });
        return refusal is null ? AdminAnswer.Done("Virtual key deleted. No server admits it any more.") : refusal;
    }
}
