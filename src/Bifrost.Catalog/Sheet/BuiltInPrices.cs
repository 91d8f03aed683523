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
        var findings = new Findings();
        var root = document.RootElement;
        var source = $"built in: {root.GetProperty("source").GetString()}, {root.GetProperty("date").GetString()}";
        var prices = root.GetProperty("prices").EnumerateObject().ToFrozenDictionary(
            entry => entry.Name,
            entry => PriceReader.Read(new Section(entry.Name, entry.Value, new ReadContext(findings, _ => null))) with { Source = source },
            StringComparer.Ordinal);
        return findings.Errors.Count == 0 ? prices : throw new InvalidOperationException(string.Join("; ", findings.Errors));
    }
}
