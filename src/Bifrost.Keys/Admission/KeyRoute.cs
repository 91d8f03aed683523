using Bifrost.Catalog.Model;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>What one catalog snapshot says of a key, a provider and a model; worked out once and kept.</summary>
/// <param name="Name"><c>provider/model</c>.</param>
/// <param name="PricedAs"><c>provider/NAME</c> of the row that prices the model, by which a broken bound is kept.</param>
/// <param name="Config">The key's config of the provider; null where it has none.</param>
/// <param name="Access">Whether the key may use the provider, and the model.</param>
/// <param name="Price">Null when the model has none; where it changes with time, all its rows.</param>
/// <param name="Chain">Every budget that binds the call.</param>
/// <param name="Accounts">Every shared limit that binds the call.</param>
/// <param name="Provider">The provider; null where it is not configured.</param>
/// <param name="HoldsBound">Whether a budget of the chain holds the call's bound.</param>
/// <param name="TeamId">The key's team.</param>
/// <param name="CustomerId">The key's customer, or its team's.</param>
internal sealed record KeyRoute(
    string Name,
    string PricedAs,
    KeyProvider? Config,
    ModelAccess Access,
    ModelPrice? Price,
    BudgetChain Chain,
    ImmutableArray<AccountRule> Accounts,
    Provider? Provider,
    bool HoldsBound,
    string? TeamId,
    string? CustomerId);
