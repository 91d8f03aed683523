using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Sheet;

/// <summary>
/// Reads the prices of one model: one row, or a list of rows that hold at different times. Of the rows without <c>hours_utc</c> at most one
/// holds at a time; a row with hours goes before it in those. A time that no row covers has no price.
/// </summary>
internal static class PriceRows
{
    private const int RowsMax = 100;

    /// <summary>The first row in time with the others; null after a report.</summary>
    /// <param name="entry">An object, or a list of objects.</param>
    /// <param name="path">Where it stands, for messages.</param>
    /// <param name="context">Where mistakes go.</param>
    /// <param name="isPublic">Whether it is an entry of a public sheet.</param>
    public static ModelPrice? Read(JsonElement entry, string path, ReadContext context, bool isPublic = false)
    {
        if (entry.ValueKind != JsonValueKind.Array) return PriceReader.Read(new Section(path, entry, context), isPublic);
        if (entry.GetArrayLength() is var count && count is 0 or > RowsMax)
        {
            context.Findings.Add(path, $"has {count} rows; 1 to {RowsMax} rows of prices stand here");
            return null;
        }

        var rows = entry.EnumerateArray().Select((row, index) => PriceReader.Read(new Section($"{path}[{index}]", row, context), isPublic))
            .OrderBy(row => row.ValidFrom ?? DateTimeOffset.MinValue).ThenBy(row => row.HoursUtc is not null).ToArray();
        foreach (var hours in rows.Select(row => row.HoursUtc).Distinct())
            CheckTimes([.. rows.Where(row => Equals(row.HoursUtc, hours))], path, context);
        return rows[0] with { OtherTimes = [.. rows.Skip(1)] };
    }

    private static void CheckTimes(ReadOnlySpan<ModelPrice> rows, string path, ReadContext context)
    {
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i - 1].ValidTo is { } end && end <= rows[i].ValidFrom) continue;
            var from = rows[i].ValidFrom is { } at ? $", from {Times.Format(at)} on" : "";
            context.Findings.Add(path, $"has two rows that hold at once{from}; give the earlier one a valid_to no later than the next one's valid_from");
            return;
        }
    }
}
