namespace Bifrost.Server.Composition;

/// <summary>Names and versions for people.</summary>
internal static class ProductInfo
{
    public const string Name = "Bifrost.Actors";

    public static string Version { get; } = typeof(ProductInfo).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static string VersionLine => $"{Name} {Version}";
}
