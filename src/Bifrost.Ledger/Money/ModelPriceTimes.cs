namespace Bifrost.Ledger.Money;

/// <summary>Until the prices engineer's members land.</summary>
public static class ModelPriceTimes
{
    public static ModelPrice? At(this ModelPrice price, DateTimeOffset now) => price;

    public static ImmutableArray<ModelPrice> Between(this ModelPrice price, DateTimeOffset from, DateTimeOffset until) => [price];
}
