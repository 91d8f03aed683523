using System.Collections.Frozen;

namespace Bifrost.Catalog.Model;

/// <summary>
/// A list of names as the configuration writes it: <c>[]</c> is nothing, <c>["*"]</c> is everything (contract section 3). Case is ignored:
/// providers take a model's name in any, so a list that did not would be passed by.
/// </summary>
public sealed class NameList : IEquatable<NameList>
{
    public static readonly NameList None = new([]);
    public static readonly NameList All = new(["*"]);

    private readonly FrozenSet<string> _names;

    public NameList(IEnumerable<string> names)
    {
        _names = names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        IsAll = _names.Contains("*");
    }

    public bool IsAll { get; }
    public bool IsEmpty => _names.Count == 0;

    /// <summary>The names as written.</summary>
    public IReadOnlyCollection<string> Names => _names;

    public bool Contains(string name) => IsAll || _names.Contains(name);

    public bool Equals(NameList? other) => other is not null && _names.SetEquals(other._names);

    public override bool Equals(object? obj) => Equals(obj as NameList);

    public override int GetHashCode()
    {
        var hash = _names.Count;
        foreach (var name in _names) hash ^= name.GetHashCode(StringComparison.OrdinalIgnoreCase);
        return hash;
    }
}
