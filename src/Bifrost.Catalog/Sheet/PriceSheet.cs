using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>Reads objects of prices: one entry a <c>provider/model</c>, or entries of a public sheet.</summary>
public static class PriceSheet
{
    private const string NoModel = "is not provider/model; write for example \"openai/gpt-4o-mini\"";

    private static readonly string[] s_modes = ["chat", "completion", "responses"];

    /// <summary><c>pricing</c> of the configuration file.</summary>
    public static Dictionary<string, ModelPrice> Read(Section? section, IReadOnlyDictionary<string, Provider> providers)
    {
        var prices = new Dictionary<string, ModelPrice>(StringComparer.Ordinal);
        if (section is null) return prices;
        foreach (var name in section.Names())
        {
            if (ProviderOf(name) is not { } provider)
            {
                section.Error(name, NoModel);
                continue;
            }

            if (!providers.ContainsKey(provider))
            {
                section.Warn(name, $"prices a model of {provider}, which is not among the providers; "
                    + NearestName.Remedy(provider, providers.Keys, "it has no effect"));
            }

            if (section.Object(name) is { } one) prices[name] = PriceReader.Read(one);
        }

        return prices;
    }

    /// <summary>The body of a change of prices. A whole public sheet may be sent: models of no configured provider are left out and counted.</summary>
    public static PriceChange ReadChange(Section body, IReadOnlyDictionary<string, Provider> providers)
    {
        var prices = new Dictionary<string, ModelPrice?>(StringComparer.Ordinal);
        var ignored = 0;
        foreach (var (name, entry) in body.All())
        {
            if (entry.ValueKind == JsonValueKind.Null) prices[name] = null;
            else if (ReadEntry(body, name, entry, providers) is { } read) prices[read.Model] = read.Price;
            else ignored++;
        }

        return new PriceChange(prices, ignored);
    }

    private static (string Model, ModelPrice Price)? ReadEntry(
        Section body, string name, JsonElement entry, IReadOnlyDictionary<string, Provider> providers)
    {
        if (entry.ValueKind != JsonValueKind.Object)
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
        var price = PriceReader.Read(new Section("", entry, ReadContext.OfBody(findings)), isPublic: of is not null);
        if (findings.Errors.Count == 0) return (model, price);
        body.Error(name, $"has a mistake: {findings.Errors[0]}");
        return null;
    }

    /// <summary>The provider of <c>provider/model</c>; null for another name.</summary>
    private static string? ProviderOf(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 || slash == name.Length - 1 ? null : name[..slash];
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>What a call changes of the prices.</summary>
/// <param name="Prices">By <c>provider/model</c>; null takes a price back.</param>
/// <param name="Ignored">Entries of other services than chat, and of providers that are not configured.</param>
public sealed record PriceChange(IReadOnlyDictionary<string, ModelPrice?> Prices, int Ignored);
