using System.Security.Cryptography;
using System.Text;

namespace Bifrost.Cli;

/// <summary>
/// The virtual key of a start without a configuration file. Its secret stays in <c>demo-key</c> in the data folder, readable by its
/// owner alone, so that it survives restarts and can be printed again; remove the file and the next start makes a new one.
/// </summary>
public sealed record DemoKey(string Secret, bool IsNew)
{
    public const string FileName = "demo-key";

    public static async Task<DemoKey> ReadOrMakeAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path))
        {
            var kept = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            if (kept.StartsWith("sk-bf-", StringComparison.Ordinal)) return new DemoKey(kept, IsNew: false);
        }

        Directory.CreateDirectory(dataFolder);
        var made = "sk-bf-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        await file.WriteAsync(Encoding.ASCII.GetBytes(made + "\n"), cancellationToken);
        return new DemoKey(made, IsNew: true);
    }

    public override string ToString() => "DemoKey";
}
