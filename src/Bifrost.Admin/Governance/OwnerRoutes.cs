using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary>List, get, create, change and delete of one kind of owner of limits. What differs is said by those who derive.</summary>
/// <typeparam name="T">Its record.</typeparam>
internal abstract class OwnerRoutes<T>(GovernanceEditor governance) : IAdminRoutes
    where T : class
{
    public abstract IEnumerable<AdminRoute> Routes { get; }

    /// <summary>The kind in the store.</summary>
    protected abstract string Kind { get; }

    /// <summary>Its name in sentences, as <c>team</c>.</summary>
    protected abstract string Word { get; }

    /// <summary>Its name in answers, as <c>team</c>.</summary>
    protected abstract string Field { get; }

    /// <summary>Its name in lists, as <c>teams</c>.</summary>
    protected abstract string ListField { get; }

    protected IEnumerable<AdminRoute> Crud(string root) =>
    [
        AdminRoute.Get(root, ListAsync),
        AdminRoute.Post(root, call => SaveAsync(call, StoreIdOf(call.NewId().ToString()), isNew: true)),
        AdminRoute.Get(root + "/{id}", GetAsync),
        AdminRoute.Put(root + "/{id}", call => SaveAsync(call, StoreIdOf(call.Id), isNew: false)),
        AdminRoute.Delete(root + "/{id}", DeleteAsync),
    ];

    /// <summary>The id in the store of the one that the path names.</summary>
    protected virtual string StoreIdOf(string id) => id;

    /// <summary>All that fit the query, sorted.</summary>
    protected abstract IEnumerable<T> Fitting(CatalogSnapshot catalog, AdminCall call);

    protected abstract T? Find(CatalogSnapshot catalog, string storeId);

    protected abstract T Blank(string storeId, AdminCall call);

    /// <summary>The body's fields over what it is; findings go to the call.</summary>
    protected abstract T Read(AdminCall call, T before, CatalogSnapshot catalog, bool isNew);

    protected abstract CatalogObject Stored(T item);

    protected abstract ImmutableArray<Budget> BudgetsOf(T item);

    protected abstract void Write(Utf8JsonWriter json, T item, CatalogSnapshot catalog, LedgerNumbers numbers);

    /// <summary>Why it cannot be deleted now; null when it can.</summary>
    protected virtual string? Holds(CatalogSnapshot catalog, string storeId) => null;

    protected async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var now = governance.Now;
        var (limit, offset) = (call.Limit(), call.Offset());
        var page = Page<T>.Of([.. Fitting(now, call)], limit, offset);
        if (call.Findings.Error is { } error) return error;
        var numbers = await governance.NumbersAsync(page.Items.SelectMany(item => BudgetsOf(item)), call.Aborted);
        return AdminAnswer.Of(json => Json.Page(json, ListField, page, (each, item) => Write(each, item, now, numbers)));
    }

    protected async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        var now = governance.Now;
        if (Find(now, StoreIdOf(call.Id)) is not { } item) return AdminAnswer.NotFound(Word, call.Id);
        var numbers = await governance.NumbersAsync(BudgetsOf(item), call.Aborted);
        return AdminAnswer.One(Field, json => Write(json, item, now, numbers));
    }

    /// <param name="call">The call.</param>
    /// <param name="storeId">Which one.</param>
    /// <param name="isNew">True: it is made; false: it must be there. Null: either.</param>
    protected async Task<AdminAnswer> SaveAsync(AdminCall call, string storeId, bool? isNew)
    {
        var audit = call.Audit(isNew == true ? "create" : "update", new CatalogKey(Kind, storeId));
        T? written = null;
        var refusal = await governance.EditAsync(catalog =>
        {
            var before = isNew == true ? null : Find(catalog, storeId);
            if (before is null && isNew == false) return CatalogEdit.Refuse(AdminAnswer.NotFound(Word, call.Id).Error!);
            written = Read(call, before ?? Blank(storeId, call), catalog, before is null);
            return GovernanceEditor.Write(call, Stored(written), audit);
        });
        if (refusal is not null) return refusal;
        var now = governance.Now;
        var item = Find(now, storeId) ?? written!;
        var numbers = await governance.NumbersAsync(BudgetsOf(item), CancellationToken.None);
        return AdminAnswer.Done(
            $"{char.ToUpperInvariant(Word[0])}{Word[1..]} {(isNew == true ? "created" : "updated")}.", Field, json => Write(json, item, now, numbers));
    }

    protected async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        var target = new CatalogKey(Kind, StoreIdOf(call.Id));
        var audit = call.Audit("delete", target);
        var seen = false;
        var refusal = await governance.EditAsync(catalog =>
        {
            seen |= Find(catalog, target.Id) is not null;
            if (!seen) return CatalogEdit.Refuse(AdminAnswer.NotFound(Word, call.Id).Error!);
            return Holds(catalog, target.Id) is { } reason ? CatalogEdit.Refuse(AdminAnswer.Conflict(reason).Error!) : GovernanceEditor.Delete(target, audit);
        });
        return refusal is null ? AdminAnswer.Done($"{char.ToUpperInvariant(Word[0])}{Word[1..]} deleted.") : refusal;
    }
}
