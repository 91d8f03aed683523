using System.Security.Cryptography;
using System.Text;

namespace Bifrost.Storage.Migrations;

/// <summary>One numbered step of a schema. A step that has been released is never edited: a new number follows it.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>Recorded with the number, so that an edited step is noticed.</summary>
    public string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>
    /// Whether a program that does not know this step works with a database that has it: it only adds what such a program neither reads nor writes. Its
    /// first line says so, and the database records it.
    /// </summary>
    public bool IsExpandOnly { get; } = Sql.StartsWith("-- Expand-only.", StringComparison.Ordinal);

    /// <summary>The steps of one database (<c>Sqlite</c>, <c>Postgres</c>) in order.</summary>
    public static ImmutableArray<Migration> Of(string database)
    {
        var assembly = typeof(Migration).Assembly;
        var found = ImmutableArray.CreateBuilder<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var name = resource.Replace('\\', '/');
            if (!name.StartsWith(database + "/", StringComparison.Ordinal)) continue;
            using var text = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var file = Path.GetFileNameWithoutExtension(name);
            found.Add(new Migration(int.Parse(file.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), file, text.ReadToEnd()));
        }

        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        return found.ToImmutable();
    }
}
