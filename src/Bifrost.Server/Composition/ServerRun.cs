using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bifrost.Chat.Json;
using Bifrost.Ledger.Store;
using Microsoft.AspNetCore.Connections;

namespace Bifrost.Server.Composition;

/// <summary>One run of the process, from the configuration to the exit code.</summary>
internal static class ServerRun
{
    public static async Task<int> RunAsync(StartOptions options, CancellationToken cancellationToken)
    {
        var (configuration, demo, errors) = await ConfigurationLoader.LoadAsync(options, cancellationToken);
        if (configuration is null) return await RefuseAsync(errors);
        if (StartChecks.Of(options, configuration) is { Count: > 0 } contradictions) return await RefuseAsync(contradictions);
        try
        {
            await using var server = await GatewayServer.StartAsync(options, configuration, cancellationToken);
            using var interrupt = OnSecondSignal(PosixSignal.SIGINT);
            using var terminate = OnSecondSignal(PosixSignal.SIGTERM);
            if (demo is not null) await Console.Out.WriteLineAsync(DemoGreeting.Text(demo, server.Address.ToString().TrimEnd('/'), options.DataFolder));
            await server.WaitForStopAsync(cancellationToken);
            if (server.Mistake is { } mistake) return await RefuseAsync([mistake]);
            return server.StoreMoved ? ExitCodes.Failed : ExitCodes.Stopped;
        }
        catch (StoreSettingsException e)
        {
            return await RefuseAsync([e.Message]);
        }
        catch (Exception e) when (e is IOException or AddressInUseException or StoreRefusedException or StoreUnavailableException
            or OrleansException or UnauthorizedAccessException or CryptographicException)
        {
            // An address or a database that another process has, a cluster that cannot be joined, a certificate that is none: the message says
            // all, a stack trace would hide it.
            await Console.Error.WriteLineAsync($"{ProductInfo.Name} could not start: {Shown.Message(e.Message)}");
            return ExitCodes.Failed;
        }
    }

    private static async Task<int> RefuseAsync(IReadOnlyList<string> errors)
    {
        await Console.Error.WriteLineAsync($"{ProductInfo.Name} does not start; the configuration has {errors.Count} mistake(s):");
        foreach (var error in errors) await Console.Error.WriteLineAsync($"  {Shown.Message(error)}");
        return ExitCodes.BadConfiguration;
    }

    /// <summary>The host answers the first signal with a graceful stop; the second one of either kind ends the process.</summary>
    private static PosixSignalRegistration OnSecondSignal(PosixSignal signal) => PosixSignalRegistration.Create(signal, _ =>
    {
        if (Interlocked.Increment(ref s_signals) > 1) Environment.Exit(ExitCodes.Failed);
    });

    private static int s_signals;
}
