namespace Bifrost.Admin.Metrics;

/// <summary>Finds the series of a sample by its tags as they come, without making a <see cref="LabelSet"/> of them.</summary>
internal sealed class LabelSetComparer
    : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, LabelSet>
{
    public static readonly LabelSetComparer Instance = new();

    public bool Equals(LabelSet? x, LabelSet? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.Text == y.Text);

    public int GetHashCode(LabelSet set) => set.Hash;

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> tags, LabelSet set) => set.Is(tags);

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> tags) => LabelSet.HashOf(tags);

    public LabelSet Create(ReadOnlySpan<KeyValuePair<string, object?>> tags) => LabelSet.Of(tags);
}
