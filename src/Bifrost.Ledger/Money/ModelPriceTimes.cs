namespace Bifrost.Ledger.Money;

/// <summary>Until the prices engineer's members land.</summary>
public static class ModelPriceTimes
{
    public static ModelPrice? At(this ModelPrice price, DateTimeOffset now) => price;

    public static ImmutableArray<ModelPrice> Between(this ModelPrice price, DateTimeOffset from, DateTimeOffset until) => [price];

    public static ModelPrice? Tier(this ModelPrice price, string? name)
    {
        if (name is null or "" or "default" or "auto" or "standard") return price;
        foreach (var tier in price.ServiceTiers)
            if (string.Equals(tier.Name, name, StringComparison.OrdinalIgnoreCase)) return tier.Price;
        return null;
    }
}
