namespace Bifrost.Storage.Catalog;

/// <summary>Which objects of a configuration file are taken over.</summary>
internal static class SeedRule
{
    /// <param name="known">Whether the store has, or once had, an object of this id.</param>
    /// <param name="deleted">Whether it was deleted: it stays so.</param>
    /// <param name="seededHash">The hash it was last seeded with; null when it did not come from a file.</param>
    public static bool Takes(bool known, bool deleted, ReadOnlySpan<byte> seededHash, ReadOnlySpan<byte> fileHash) =>
        !known || (!deleted && !seededHash.SequenceEqual(fileHash));
}
