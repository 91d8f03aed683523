namespace Bifrost.Cli.Jobs;

/// <summary>Files that a run keeps; they hold requests' answers, so what is made here is its owner's alone.</summary>
internal static class OwnFile
{
    /// <summary>Opens a file for reading and writing, or makes it; other programs may read it meanwhile.</summary>
    public static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
