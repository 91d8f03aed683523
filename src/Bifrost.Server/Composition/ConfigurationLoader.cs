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
        var path = options.ConfigPath ?? (File.Exists(DefaultFile) ? DefaultFile : null);
        if (path is null)
        {
            var demo = await DemoKey.ReadOrMakeAsync(options.DataFolder, cancellationToken);
            var store = new StoreSettings { Path = Path.Combine(options.DataFolder, "bifrost.db") };
            return (DemoConfiguration.Make(demo) with { Store = store }, demo, []);
        }

        byte[] json;
        try
        {
            json = await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, null, [$"{path}: cannot be read: {e.Message} Name another file with --config or BIFROST_CONFIG."]);
        }

        var (configuration, errors) = ConfigurationReader.Read(json, Environment.GetEnvironmentVariable);
        return (configuration, null, [.. errors.Select(error => $"{path}: {error}")]);
    }
}
