using Bifrost.Cli;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Composition;

/// <summary>Finds and reads the configuration; without a file, makes the demonstration's.</summary>
internal static class ConfigurationLoader
{
    private const string DefaultFile = "bifrost.json";

    /// <summary>The configuration; or the mistakes in it; and the demonstration's key where there is no file.</summary>
    public static async Task<(ServerConfiguration? Configuration, DemoKey? Demo, IReadOnlyList<string> Errors)> LoadAsync(
        StartOptions options, CancellationToken cancellationToken)
    {
        if (PathOf(options) is not { } path)
        {
            var demo = await DemoKey.ReadOrMakeAsync(options.DataFolder, cancellationToken);
            return (DemoConfiguration.Make(demo) with { Store = DemoStore(options) }, demo, []);
        }

        var (json, unread) = await ReadAsync(path, cancellationToken);
        if (json is null) return (null, null, unread);
        var (configuration, errors) = ConfigurationReader.Read(json, Environment.GetEnvironmentVariable);
        return (configuration, null, [.. errors.Select(error => $"{path}: {error}")]);
    }

    /// <summary>The store of a configuration, of which nothing else need be right; or the mistakes.</summary>
    public static async Task<(StoreSettings? Store, IReadOnlyList<string> Errors)> LoadStoreAsync(
        StartOptions options, CancellationToken cancellationToken)
    {
        if (PathOf(options) is not { } path) return (DemoStore(options), []);
        var (json, unread) = await ReadAsync(path, cancellationToken);
        if (json is null) return (null, unread);
        var (store, errors) = ConfigurationReader.ReadStore(json, Environment.GetEnvironmentVariable);
        return (store, [.. errors.Select(error => $"{path}: {error}")]);
    }

    private static string? PathOf(StartOptions options) => options.ConfigPath ?? (File.Exists(DefaultFile) ? DefaultFile : null);

    private static StoreSettings DemoStore(StartOptions options) => new() { Path = Path.Combine(options.DataFolder, "bifrost.db") };

    private static async Task<(byte[]? Json, IReadOnlyList<string> Errors)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllBytesAsync(path, cancellationToken), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, [$"{path}: cannot be read: {e.Message} Name another file with --config or BIFROST_CONFIG."]);
        }
    }
}
