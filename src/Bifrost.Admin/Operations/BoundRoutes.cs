using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Operations;

/// <summary><c>/api/bounds</c>: models that charged more than the most that was worked out for them, until an operator resets them.</summary>
internal sealed class BoundRoutes(ICatalog catalog, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/bounds";

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get(Root, ListAsync), AdminRoute.Delete(Root + "/{model*}", ResetAsync)];

    private Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var all = catalog.Current.BrokenBounds.Values.OrderBy(broken => broken.Model, StringComparer.Ordinal);
        var page = Page<BrokenBound>.Of([.. all], limit, offset);
        return Task.FromResult(AdminAnswer.Of(json => Json.Page(json, "bounds", page, (each, broken) =>
        {
            each.WriteStartObject();
            each.WriteString("model"u8, broken.Model);
            each.WriteNumber("factor"u8, broken.Thousandths / 1_000m);
            each.WriteBoolean("refused"u8, broken.Thousandths > BrokenBound.ThousandthsMax);
            each.WriteString("raised_at"u8, broken.At);
            each.WriteEndObject();
        })));
    }

    private async Task<AdminAnswer> ResetAsync(AdminCall call)
    {
        var target = new CatalogKey(CatalogKinds.BrokenBound, call.Id);
        var audit = call.Audit("reset", target);
        var seen = false;
        var refusal = await editor.EditAsync(now =>
        {
            seen |= now.BrokenBounds.TryGetValue(call.Id, out var broken);
            return seen
                ? CatalogEdit.Of(new CatalogChange { Deletes = [target with { Id = broken?.Model ?? call.Id }], Audit = [audit] })
                : CatalogEdit.Refuse(AdminAnswer.NotFound("broken bound of", call.Id).Error!);
        });
        return refusal ?? AdminAnswer.Done("The model's bound is what its data says again, on every server.");
    }
}
