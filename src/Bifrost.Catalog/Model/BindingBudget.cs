using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Model;

/// <summary>A budget that binds a call.</summary>
/// <param name="Budget">Its limit, window and admission.</param>
/// <param name="Level">Whose kind it is.</param>
/// <param name="OwnerName">The owner's name, for people.</param>
public readonly record struct BindingBudget(Budget Budget, BudgetLevel Level, string OwnerName);
