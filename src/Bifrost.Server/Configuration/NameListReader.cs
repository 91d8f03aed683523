using Bifrost.Catalog.Model;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration;

/// <summary>Reads lists of names: <c>[]</c> denies all, <c>["*"]</c> allows all (contract section 3).</summary>
internal static class NameListReader
{
    /// <summary>The list, or null where it is absent. Under <c>"version": 1</c> an empty list of permissions allows all.</summary>
    public static NameList? Read(Section section, string name, bool emptyMayMeanAll = true)
    {
        var names = section.Texts(name);
        if (names is null) return null;
        if (names.Contains("*", StringComparer.Ordinal) && names.Count > 1)
            section.Error(name, "mixes \"*\" with names; write [\"*\"] for all, or the names");
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            section.Error(name, "names one thing twice; remove the repetition");
        foreach (var pattern in names)
        {
            if (pattern.StartsWith("regex:", StringComparison.Ordinal))
                section.Error(name, $"has \"{pattern}\"; patterns are not supported, write the names");
        }

        return names.Count == 0 && emptyMayMeanAll && section.Context.EmptyMeansAll ? NameList.All : new NameList(names);
    }
}
