using System.Collections.Frozen;
using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Ledger.Money;

namespace Bifrost.Server.Configuration;

/// <summary>
/// Reads <c>price_sheet</c>: a file in the names of the public price sheets that goes before the prices of this build, or takes their place. It is read at
/// the start and nothing is fetched.
/// </summary>
internal static class PriceFileReader
{
    private const long BytesMax = 64 * 1024 * 1024;

    /// <summary>The prices that hold where neither the configuration nor an admin names one; null: those of this build.</summary>
    public static FrozenDictionary<string, ModelPrice>? Read(Section? section, IReadOnlyDictionary<string, Provider> providers)
    {
        if (section is null) return null;
        var path = section.RequiredText("path");
        var mode = section.Text("mode");
        if (mode is not (null or "extend" or "replace")) section.Error("mode", $"is \"{mode}\"; extend or replace stands here");
        section.End();
        if (path.Length == 0 || Load(section, path) is not { } json) return null;
        using (json)
        {
            var prices = PriceSheet.ReadFile(json.RootElement, $"sheet: {Path.GetFileName(path)}", providers, section.Context.Findings);
            if (prices.Count == 0) section.Warn("path", $"is {path}, which has no price of a model of the configured providers");
            return mode == "replace" ? prices.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) : BuiltInPrices.ExtendedBy(prices);
        }
    }

    private static JsonDocument? Load(Section section, string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > BytesMax)
            {
                section.Error("path", $"is {path}, a file of {file.Length} bytes; a sheet has at most {BytesMax}");
                return null;
            }

            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            section.Error("path", $"is {path}, which cannot be read: {exception.Message}");
        }
        catch (JsonException exception)
        {
            section.Error("path", $"is {path}, which is no JSON: {exception.Message}");
        }

        return null;
    }
}
