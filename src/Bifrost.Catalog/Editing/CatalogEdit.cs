using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;

namespace Bifrost.Catalog.Editing;

/// <summary>What an admin call makes of the catalog: a change, or the refusal of it.</summary>
public readonly record struct CatalogEdit
{
    public CatalogChange? Change { get; private init; }

    public GatewayError? Error { get; private init; }

    public static CatalogEdit Of(CatalogChange change) => new() { Change = change };

    public static CatalogEdit Refuse(GatewayError error) => new() { Error = error };
}
