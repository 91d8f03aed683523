using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// Which file stands under a name, and whose it is. By the kernel's <c>statx</c>, which opens nothing: closing a descriptor of a database
/// would drop SQLite's locks. Known on Linux only.
/// </summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    private const int OfWorkingFolder = -100;
    private const int OfDescriptor = 0x1000;
    private const uint BasicFields = 0x7FF;

    public static bool IsKnown => OperatingSystem.IsLinux();

    /// <summary>How many names the file has.</summary>
    public uint Links { get; private init; }

    public uint User { get; private init; }

    public uint Group { get; private init; }

    /// <summary>The file of a name; null: there is none.</summary>
    public static FileIdentity? Of(string path) => Read(OfWorkingFolder, path, 0);

    public static FileIdentity? Of(SafeFileHandle file)
    {
        var isCounted = false;
        try
        {
            file.DangerousAddRef(ref isCounted);
            return Read((int)file.DangerousGetHandle(), "", OfDescriptor);
        }
        finally
        {
            if (isCounted) file.DangerousRelease();
        }
    }

    /// <summary>Whether both are the same file.</summary>
    public bool IsSame(FileIdentity? other) => other is { } one && one.Device == Device && one.Inode == Inode;

    /// <summary>Gives a file to this one's owner; only the superuser can give it to another one.</summary>
    public void GiveTo(string path) => _ = ChangeOwner(path, User, Group);

    private static FileIdentity? Read(int folder, string path, int flags)
    {
        if (Stat(folder, path, flags, BasicFields, out var found) != 0) return null;
        return new FileIdentity(((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode)
        {
            Links = found.Links, User = found.User, Group = found.Group,
        };
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint fields, out StatX found);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);

    /// <summary>The kernel's <c>struct statx</c>, the same on all machines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
