using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;

namespace Bifrost.Catalog.Editing;

/// <summary>Drains and enables providers: changes of the catalog like any other, behind its barrier and with an audit entry.</summary>
public sealed class ProviderSwitch(CatalogEditor editor)
{
    /// <summary>The two actions of the audit.</summary>
    public static string ActionOf(bool drain) => drain ? "drain" : "enable";

    /// <summary>
    /// Done when every live silo works by it: after a drain none lets a new try go to the provider, and those that run go on to their end. Repeating it
    /// changes nothing.
    /// </summary>
    /// <param name="provider">The provider's name in any case.</param>
    /// <param name="drain">False: enable it again.</param>
    /// <param name="audit">Makes the entry for the provider's stored key; called once.</param>
    /// <returns>Null when done, else the refusal.</returns>
    /// <exception cref="Bifrost.Ledger.Store.StoreUnavailableException">Whether the change was made is not known; repeating it is safe.</exception>
    public Task<GatewayError?> TurnAsync(string provider, bool drain, Func<CatalogKey, AuditEntry> audit)
    {
        AuditEntry? entry = null;
        return editor.EditAsync(now =>
        {
            // Names ignore case; stored is the provider's own.
            if (!now.Providers.TryGetValue(provider, out var found)) return CatalogEdit.Refuse(NotFound(provider));
            var key = new CatalogKey(CatalogKinds.Provider, found.Name);
            return CatalogEdit.Of(new CatalogChange
            {
                Upserts = drain ? [CatalogSeeds.OfDrained(found.Name)] : [],
                Deletes = drain ? [] : [key],
                Audit = [entry ??= audit(key)],
            });
        });
    }

    private static GatewayError NotFound(string provider) =>
        new() { Status = 404, Type = ErrorTypes.NotFound, Message = $"There is no provider '{provider}'." };
}
