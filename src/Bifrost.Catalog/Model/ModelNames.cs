using System.Globalization;

namespace Bifrost.Catalog.Model;

/// <summary>What the form of a model's name says, without knowing the model.</summary>
public static class ModelNames
{
    private const string FineTunedPrefix = "ft:";

    /// <summary>
    /// The name without the date of a snapshot: <c>NAME-2026-01-31</c>, <c>NAME-20260131</c>, <c>NAME@20260131</c>. Empty for every other
    /// name: shorter numbers (<c>-2512</c>) are versions with prices of their own, and so is <c>-latest</c>.
    /// </summary>
    public static ReadOnlySpan<char> Undated(ReadOnlySpan<char> model)
    {
        const int plain = 8, dashed = 10;
        if (model.Length > dashed + 1 && model[^(dashed + 1)] == '-' && IsDate(model[^dashed..], "yyyy-MM-dd")) return model[..^(dashed + 1)];
        return model.Length > plain + 1 && model[^(plain + 1)] is '-' or '@' && IsDate(model[^plain..], "yyyyMMdd") ? model[..^(plain + 1)] : [];
    }

    /// <summary><c>ft:BASE</c> of <c>ft:BASE:ORGANISATION:NAME:ID</c>; empty for every other name.</summary>
    public static ReadOnlySpan<char> FineTuned(ReadOnlySpan<char> model)
    {
        if (!model.StartsWith(FineTunedPrefix, StringComparison.OrdinalIgnoreCase)) return [];
        var end = model[FineTunedPrefix.Length..].IndexOf(':');
        return end > 0 ? model[..(FineTunedPrefix.Length + end)] : [];
    }

    /// <summary>BASE of <c>ft:BASE</c>.</summary>
    public static ReadOnlySpan<char> BaseOf(ReadOnlySpan<char> fineTuned) => fineTuned[FineTunedPrefix.Length..];

    /// <summary>Whether a name is that of another one's dated snapshot, or of what was fine-tuned from it where the other is <c>ft:BASE</c>.</summary>
    public static bool IsVariantOf(ReadOnlySpan<char> model, ReadOnlySpan<char> other)
    {
        if (Undated(model).Equals(other, StringComparison.OrdinalIgnoreCase)) return !other.IsEmpty;
        var tuned = FineTuned(model);
        return !other.IsEmpty
            && (tuned.Equals(other, StringComparison.OrdinalIgnoreCase) || Undated(tuned).Equals(other, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsDate(ReadOnlySpan<char> text, string format) =>
        text[0] == '2' && DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
