namespace Bifrost.Storage.Catalog;

/// <summary>How many rows one page may have.</summary>
internal static class PageRule
{
    public const int CountLimit = 1_000;

    public static int Count(int asked) => Math.Clamp(asked, 1, CountLimit);
}
