using System.Runtime.InteropServices;
using Bifrost.GcWatch;

/// <summary>
/// Runs before <c>Main</c> of a process that <c>DOTNET_STARTUP_HOOKS</c> names this assembly to. A hook, because the runtime tells the pause and the
/// promoted bytes of a single collection only inside the process, and the product should not carry code for its benchmark. Every SIGUSR1 appends one
/// line to the file that <c>GC_WATCH_FILE</c> names: <see cref="Collections.Line"/>.
/// </summary>
#pragma warning disable MA0047 // The runtime looks for this name without a namespace.
internal static class StartupHook
#pragma warning restore MA0047
{
    /// <summary>SIGUSR1 on Linux, which the enumeration does not name.</summary>
    private const PosixSignal Asked = (PosixSignal)10;

    private static PosixSignalRegistration? s_asked;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("GC_WATCH_FILE") is not { Length: > 0 } path) return;
        var collections = new Collections();
        CollectionMark.Follow(collections);
        s_asked = PosixSignalRegistration.Create(Asked, signal =>
        {
            signal.Cancel = true;
            File.AppendAllText(path, collections.Line());
        });
    }
}
