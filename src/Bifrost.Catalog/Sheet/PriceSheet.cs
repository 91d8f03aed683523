using System.Collections.Frozen;
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

    /// <summary>What public sheets call providers that have another name here.</summary>
    private static readonly FrozenDictionary<string, string> s_publicNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["together_ai"] = "together", ["fireworks_ai"] = "fireworks", ["cohere_chat"] = "cohere", ["bedrock_converse"] = "bedrock",
        ["nvidia_nim"] = "nvidia", ["vertex_ai"] = "vertex", ["vertex_ai-language-models"] = "vertex", ["vertex_ai-anthropic_models"] = "vertex",
        ["azure_ai"] = "azure", ["sagemaker_chat"] = "sagemaker",
    }.ToFrozenDictionary(StringComparer.Ordinal);

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
        var model = ModelOf(name, of);
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

    /// <summary>
    /// A sheet's prices by <c>provider/model</c>, those of models of no configured provider left out. Sheets of the public kind have entries that no
    /// reader knows: one with a mistake is left out with a warning.
    /// </summary>
    public static Dictionary<string, ModelPrice> ReadFile(JsonElement root, string source, IReadOnlyDictionary<string, Provider> providers, Findings findings)
    {
        var prices = new Dictionary<string, ModelPrice>(StringComparer.OrdinalIgnoreCase);
        if (root.ValueKind != JsonValueKind.Object)
        {
            findings.Add("", "is no object of prices by model");
            return prices;
        }

        var mistakes = new Findings();
        var body = new Section("", root, ReadContext.OfBody(mistakes));
        foreach (var entry in root.EnumerateObject())
        {
            var before = mistakes.Errors.Count;
            var read = ReadEntry(body, entry.Name, entry.Value, providers, []);
            if (mistakes.Errors.Count == before && read is { Price: { } price } one) prices.TryAdd(one.Model, BuiltInPrices.From(source, price));
        }

        foreach (var mistake in mistakes.Errors.Take(WarningsMax)) findings.Warn(mistake.Path, mistake.Message);
        return prices;
    }

    /// <summary><c>provider/model</c> of an entry that may name its provider in a field, by the sheet's own name of it.</summary>
    private static string ModelOf(string name, string? of)
    {
        if (of is null) return name;
        var model = name.StartsWith(of + "/", StringComparison.Ordinal) ? name[(of.Length + 1)..] : name;
        return $"{s_publicNames.GetValueOrDefault(of, of)}/{model}";
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
