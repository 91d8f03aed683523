using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>Reads lists of names: <c>[]</c> denies all, <c>["*"]</c> allows all (contract section 3).</summary>
public static class NameListReader
{
    private const int BodyCountMax = 1_000;

    /// <summary>The list, or null where it is absent. Under <c>"version": 1</c> an empty list of permissions allows all.</summary>
    public static NameList? Read(Section section, string name, bool emptyMayMeanAll = true)
    {
        var names = section.Texts(name);
        if (names is null) return null;
        if (section.IsBody && names.Count > BodyCountMax)
            section.Error(name, $"has {names.Count} names; at most {BodyCountMax} may stand here");
        if (names.Contains("*", StringComparer.Ordinal) && names.Count > 1)
            section.Error(name, "mixes \"*\" with names; write [\"*\"] for all, or the names");
        if (names.GroupBy(one => one, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Skip(1).Any()) is { } same)
        {
            section.Error(name, same.Distinct(StringComparer.Ordinal).Count() == 1
                ? "names one thing twice; remove the repetition"
                : $"has {string.Join(" and ", same.Select(one => $"\"{one}\""))}, which are one name: lists ignore case; keep one");
        }

        if (section.IsBody && names.Any(string.IsNullOrWhiteSpace))
            section.Error(name, "has an empty name; remove it");
        if (names.FirstOrDefault(one => one.StartsWith("regex:", StringComparison.Ordinal)) is { } pattern)
            section.Error(name, $"has \"{pattern}\"; patterns are not supported, write the names");
        return names.Count == 0 && emptyMayMeanAll && section.Context.EmptyMeansAll ? NameList.All : new NameList(names);
    }
}
