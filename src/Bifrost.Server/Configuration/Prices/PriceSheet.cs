using System.Text.Json;
using Bifrost.Catalog.Sheet;
using Bifrost.Ledger.Money;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration.Prices;

/// <summary>Reads the entries that an admin sends by the rules of the configuration file.</summary>
internal sealed class PriceSheet : IPriceSheet
{
    private const string Unknown = "is not a setting";

    private static readonly string[] s_modes = ["chat", "completion", "responses"];

    public void Read(string name, JsonElement entry, IEnumerable<string> providers, out string model, out ModelPrice? price, out string? error)
    {
        (model, price, error) = (name, null, null);
        if (entry.ValueKind != JsonValueKind.Object)
        {
            error = "is no object; write {\"input_cost_per_token\": …, \"output_cost_per_token\": …}, or null to take a price back";
            return;
        }

        if (Text(entry, "mode") is { } mode && !s_modes.Contains(mode)) return;
        var of = Text(entry, "litellm_provider");
        var isPublic = of is not null;
        if (of is not null && !name.StartsWith(of + "/", StringComparison.Ordinal)) model = $"{of}/{name}";
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == model.Length - 1)
        {
            error = "is not provider/model; write for example \"openai/gpt-4o-mini\"";
            return;
        }

        if (!providers.Contains(model[..slash], StringComparer.Ordinal))
        {
            // A whole public sheet may be sent: what nobody can call is left out. A single name is more likely a mistake.
            if (!isPublic)
                error = $"is of provider {model[..slash]}, which is not configured; there are {string.Join(", ", providers.Order(StringComparer.Ordinal))}";
            return;
        }

        var findings = new Findings();
        var read = PriceReader.ReadOne(new Section("", entry, new ReadContext(findings, _ => null)));

        // Public sheets grow new names of their own; in an entry that somebody wrote, one that nobody knows is a mistake.
        var mistakes = findings.Errors.Where(one => !isPublic || !one.Contains(Unknown, StringComparison.Ordinal)).ToList();
        if (mistakes.Count == 0) price = read;
        else error = $"has a mistake: {mistakes[0]}";
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
