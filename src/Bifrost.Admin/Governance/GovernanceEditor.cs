using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Governance;

/// <summary>What the governance routes share: the catalog, its editor, and the ledger's numbers.</summary>
internal sealed class GovernanceEditor(ICatalog catalog, CatalogEditor editor, ILedgerStore ledger)
{
    public CatalogSnapshot Now => catalog.Current;

    /// <summary>Reads, writes and passes the barrier; null when done.</summary>
    public Task<GatewayError?> EditAsync(Func<CatalogSnapshot, CatalogEdit> decide) => editor.EditAsync(decide);

    public Task<LedgerNumbers> NumbersAsync(IEnumerable<Budget> budgets, CancellationToken cancel) => LedgerNumbers.ReadAsync(ledger, budgets, cancel);

    /// <summary>What a call's object may refer to, and where its limits stand.</summary>
    public static GovernanceScope Scope(AdminCall call, CatalogSnapshot catalog, bool isNew) =>
        GovernanceScope.Of(catalog, new BodyLimits(call.NewId)) with { IsNew = isNew, Now = call.Now };

    /// <summary>Writes one object, or says what is wrong with the call.</summary>
    public static CatalogEdit Write(AdminCall call, CatalogObject item, AuditEntry audit) => call.Findings.Error is { } error
        ? CatalogEdit.Refuse(error)
        : CatalogEdit.Of(new CatalogChange { Upserts = [item], Audit = [audit] });

    /// <summary>Deletes one object.</summary>
    public static CatalogEdit Delete(CatalogKey key, AuditEntry audit) => CatalogEdit.Of(new CatalogChange { Deletes = [key], Audit = [audit] });

    /// <summary>Whether any of the texts has the query's <c>search</c> in it.</summary>
    public static bool Fits(string? search, params ReadOnlySpan<string> texts)
    {
        if (search is null) return true;
        foreach (var text in texts)
            if (text.Contains(search, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
