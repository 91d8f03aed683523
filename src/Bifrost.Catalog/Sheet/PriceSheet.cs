using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>Reads objects of prices: one entry a <c>provider/model</c>, or entries of a public sheet.</summary>
public static class PriceSheet
{
    /// <summary>The most warnings of one change.</summary>
    public const int WarningsMax = 20;

    private const string NoModel = "is not provider/model; write for example \"openai/gpt-4o-mini\"";

    private static readonly string[] s_modes = ["chat", "completion", "responses"];

    /// <summary><c>pricing</c> of the configuration file.</summary>
    public static Dictionary<string, ModelPrice> Read(Section? section, IReadOnlyDictionary<string, Provider> providers)
    {
        var prices = new Dictionary<string, ModelPrice>(StringComparer.OrdinalIgnoreCase);
        if (section is null) return prices;
        foreach (var name in section.Names())
        {
            if (ProviderOf(name) is not { } provider)
            {
                section.Error(name, NoModel);
                continue;
            }

            if (prices.Keys.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) is { } twin)
            {
                section.Error(name, OneInCase(twin));
                continue;
            }

            if (!providers.ContainsKey(provider))
            {
                section.Warn(name, $"prices a model of {provider}, which is not among the providers; "
                    + NearestName.Remedy(provider, providers.Keys, "it has no effect"));
            }

            if (PriceRows.Read(section.All()[name], section.PathOf(name), section.Context) is { } price) prices[name] = price;
        }

        return prices;
    }

    /// <summary>The body of a change of prices. A whole public sheet may be sent: models of no configured provider are left out and counted.</summary>
    public static PriceChange ReadChange(Section body, IReadOnlyDictionary<string, Provider> providers)
    {
        var prices = new Dictionary<string, ModelPrice?>(StringComparer.OrdinalIgnoreCase);
        var warnings = new List<string>();
        var ignored = 0;
        foreach (var (name, entry) in body.All())
        {
            (string Model, ModelPrice? Price)? read = entry.ValueKind == JsonValueKind.Null ? (name, null) : ReadEntry(body, name, entry, providers, warnings);
            if (read is not { } one) ignored++;
            else if (!prices.TryAdd(one.Model, one.Price))
                body.Error(name, OneInCase(prices.Keys.First(other => string.Equals(other, one.Model, StringComparison.OrdinalIgnoreCase))));
        }

        return new PriceChange(prices, ignored, [.. warnings]);
    }

    private static (string Model, ModelPrice? Price)? ReadEntry(
        Section body, string name, JsonElement entry, IReadOnlyDictionary<string, Provider> providers, List<string> warnings)
    {
        if (entry.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
        {
            body.Error(name, "is no object; write {\"input_cost_per_token\": …, \"output_cost_per_token\": …}, or null to take a price back");
            return null;
        }

        if (Text(entry, "mode") is { } mode && !s_modes.Contains(mode)) return null;
        var of = Text(entry, "litellm_provider");
        var model = of is null || name.StartsWith(of + "/", StringComparison.Ordinal) ? name : $"{of}/{name}";
        if (ProviderOf(model) is not { } provider)
        {
            body.Error(name, NoModel);
            return null;
        }

        if (!providers.ContainsKey(provider))
        {
            // A single name is more likely a mistake.
            if (of is null)
            {
                var remedy = NearestName.Remedy(provider, providers.Keys, $"there are: {string.Join(", ", providers.Keys.Order(StringComparer.Ordinal))}");
                body.Error(name, $"is of provider {provider}, which is not among the providers; {remedy}");
            }

            return null;
        }

        var findings = new Findings(countMax: 1);
        var price = PriceRows.Read(entry, "", ReadContext.OfBody(findings), isPublic: of is not null);
        if (findings.Errors.Count == 0)
        {
            foreach (var warning in findings.Warnings)
                if (warnings.Count < WarningsMax) warnings.Add($"{model}: {warning}");
            return (model, price);
        }

        body.Error(name, $"has a mistake: {findings.Errors[0]}");
        return null;
    }

    /// <summary>The provider of <c>provider/model</c>; null for another name.</summary>
    private static string? ProviderOf(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 || slash == name.Length - 1 ? null : name[..slash];
    }

    /// <summary>A text of an entry, or of the first of its rows.</summary>
    private static string? Text(JsonElement entry, string name)
    {
        if (entry.ValueKind == JsonValueKind.Array)
            return entry.GetArrayLength() > 0 && entry[0].ValueKind == JsonValueKind.Object ? Text(entry[0], name) : null;
        return entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static string OneInCase(string twin) => $"is one name with \"{twin}\": names of prices ignore case; keep one of the two";
}

/// <summary>What a call changes of the prices.</summary>
/// <param name="Prices">By <c>provider/model</c>; null takes a price back.</param>
/// <param name="Ignored">Entries of other services than chat, and of providers that are not configured.</param>
/// <param name="Warnings">What entries have and prices here do not: the first <see cref="PriceSheet.WarningsMax"/>.</param>
public sealed record PriceChange(IReadOnlyDictionary<string, ModelPrice?> Prices, int Ignored, ImmutableArray<string> Warnings);
