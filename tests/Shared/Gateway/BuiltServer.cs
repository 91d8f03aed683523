using Bifrost.Server.Composition;

namespace Bifrost.Testing;

/// <summary>The server's executable, as it was built beside these tests.</summary>
internal static class BuiltServer
{
    /// <summary>Starts it in a process and a folder of its own.</summary>
    public static ServerProcess Start(string folder, params string[] arguments) => ServerProcess.Start(StartIn(folder, arguments));

    public static ServerStart StartIn(string folder, params string[] arguments) => new(typeof(GatewayServer).Assembly.Location, folder, arguments);
}
