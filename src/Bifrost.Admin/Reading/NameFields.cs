using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Reading;

/// <summary>Reads lists of names: <c>[]</c> denies all, <c>["*"]</c> allows all (contract section 3).</summary>
internal static class NameFields
{
    private const int CountMax = 1_000;

    /// <returns>The list; or <paramref name="standard"/> when the body does not name it.</returns>
    public static NameList Read(Fields fields, string name, NameList standard)
    {
        if (fields.Texts(name) is not { } names) return standard;
        if (names.Count > CountMax) fields.Wrong(name, $"has {names.Count} names; at most {CountMax} may stand here");
        else if (names.Contains("*") && names.Count > 1) fields.Wrong(name, "mixes \"*\" with names; write [\"*\"] for all, or the names");
        else if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) fields.Wrong(name, "names one thing twice; remove the repetition");
        else if (names.Any(string.IsNullOrWhiteSpace)) fields.Wrong(name, "has an empty name; remove it");
        else if (names.Any(one => one.StartsWith("regex:", StringComparison.Ordinal)))
            fields.Wrong(name, "has a pattern; patterns are not supported, write the names");
        else return new NameList(names);
        return standard;
    }
}
