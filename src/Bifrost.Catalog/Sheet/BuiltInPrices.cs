using System.Collections.Frozen;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>
/// A small sheet of well-known models, so that a start without prices counts money at all. Whatever is configured or set by an admin
/// goes before it. Each price says where it comes from and when it was read.
/// </summary>
public static class BuiltInPrices
{
    private const string Resource = "built-in-prices.json";

    /// <summary>By <c>provider/model</c>.</summary>
    /// <exception cref="InvalidOperationException">The sheet of this build is damaged.</exception>
    public static FrozenDictionary<string, ModelPrice> Load()
    {
        using var stream = typeof(BuiltInPrices).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing.");
        using var document = JsonDocument.Parse(stream);
        var context = new ReadContext(new Findings(), _ => null);
        var prices = new Dictionary<string, ModelPrice>(StringComparer.OrdinalIgnoreCase);
        foreach (var sheet in document.RootElement.GetProperty("sheets").EnumerateArray())
        {
            var source = $"built in: {sheet.GetProperty("source").GetString()}, {sheet.GetProperty("date").GetString()}";
            foreach (var entry in sheet.GetProperty("prices").EnumerateObject())
                if (PriceRows.Read(entry.Value, entry.Name, context) is { } price) prices.Add(entry.Name, From(source, price));
        }

        return context.Findings is { Errors.Count: 0, Warnings.Count: 0 }
            ? prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase)
            : throw new InvalidOperationException(string.Join("; ", context.Findings.Errors.Select(one => one.ToString()).Concat(context.Findings.Warnings)));
    }

    /// <summary>These with the prices of another sheet before them. What its rows do not say of their models is kept; their prices are all their own.</summary>
    public static FrozenDictionary<string, ModelPrice> ExtendedBy(IReadOnlyDictionary<string, ModelPrice> sheet)
    {
        var prices = new Dictionary<string, ModelPrice>(Load(), StringComparer.OrdinalIgnoreCase);
        foreach (var (model, price) in sheet) prices[model] = prices.TryGetValue(model, out var known) ? WithFacts(price, known) : price;
        return prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static ModelPrice WithFacts(ModelPrice price, ModelPrice known) => price with
    {
        OutputTokensMax = price.OutputTokensMax ?? known.OutputTokensMax,
        PromptTokensMax = price.PromptTokensMax ?? known.PromptTokensMax,
        ImageTokensMax = price.ImageTokensMax ?? known.ImageTokensMax,
        TokensPerSecondMax = price.TokensPerSecondMax ?? known.TokensPerSecondMax,
        TokensPerByteMax = price.TokensPerByteMax ?? known.TokensPerByteMax,
        SchemaFactorMax = price.SchemaFactorMax ?? known.SchemaFactorMax,
        Tokenizer = price.Tokenizer ?? known.Tokenizer,
        Thinks = price.Thinks || known.Thinks,
        Snapshots = price.Snapshots || known.Snapshots,
        OutputLimit = known.OutputLimit,
        ServiceTiers = [.. price.ServiceTiers.Select(tier => tier with { Price = WithFacts(tier.Price, known) })],
        OtherTimes = [.. price.OtherTimes.Select(row => WithFacts(row, known))],
    };

    internal static ModelPrice From(string source, ModelPrice price) => price with
    {
        Source = source,
        ServiceTiers = [.. price.ServiceTiers.Select(tier => tier with { Price = From(source, tier.Price) })],
        OtherTimes = [.. price.OtherTimes.Select(row => From(source, row))],
    };
}
