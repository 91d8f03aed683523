using System.CommandLine;
using System.Globalization;
using Bifrost.Chat.Json;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Server.Configuration;
using Bifrost.Storage.Sqlite;

namespace Bifrost.Server.Composition;

/// <summary>The commands <c>backup</c> and <c>restore</c> of a SQLite store. Exit codes are the server's.</summary>
internal static class CopyCommands
{
    /// <summary>Ids that a line of the report names; of more it tells the number.</summary>
    private const int NamedMax = 50;

    public static Command Backup()
    {
        var (file, config) = (new Argument<string>("file") { Description = "The copy; a name that is not there yet." }, Config());
        var command = new Command("backup", "Copy the SQLite store of a configuration into one file, whether a server runs on it or not.") { file, config };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(config), cancel, path =>
        {
            var copy = Path.GetFullPath(parsed.GetValue(file)!);
            var (entries, bytes) = SqliteBackup.Make(path, copy);
            return $"{copy}: {Count(entries, "ledger entry", "ledger entries")}, {bytes} bytes.";
        }));
        return command;
    }

    public static Command Restore()
    {
        var (file, config) = (new Argument<string>("file") { Description = "A copy that backup made." }, Config());
        var compare = new Option<bool>("--compare") { Description = "Only tell what the copy does not know; change nothing." };
        const string what = "Put a copy in the place of the SQLite store of a configuration; no server may run on it.";
        var command = new Command("restore", what) { file, config, compare };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(config), cancel, path =>
        {
            var (copy, compareOnly) = (Path.GetFullPath(parsed.GetValue(file)!), parsed.GetValue(compare));
            var report = SqliteRestore.Run(path, copy, compareOnly, TimeProvider.System);
            var end = compareOnly ? "Nothing was changed."
                : report.Aside is { } aside ? $"{copy} is restored to {path}. What was there is kept as {aside}." : $"{copy} is restored to {path}.";
            return string.Join(Environment.NewLine, [.. Lines(report), end]);
        }));
        return command;
    }

    private static Option<string?> Config() => new("--config")
    {
        Description = "The configuration file whose store is meant (BIFROST_CONFIG; default bifrost.json, else the demonstration's).", HelpName = "file",
    };

    private static async Task<int> RunAsync(string? config, CancellationToken cancel, Func<string, string> run)
    {
        var (store, errors) = await ConfigurationLoader.LoadStoreAsync(CommandLine.Options(null, config), cancel);
        if (store is null) return await RefuseAsync(string.Join(Environment.NewLine, errors), ExitCodes.BadConfiguration);
        if (store.Kind != StoreKind.Sqlite)
        {
            return await RefuseAsync(
                "The store is PostgreSQL: copy it with pg_dump and bring it back with pg_restore (docs/operations.md, \"Backup\").",
                ExitCodes.BadConfiguration);
        }

        try
        {
            await Console.Out.WriteLineAsync(run(Path.GetFullPath(store.Path)));
            return ExitCodes.Stopped;
        }
        catch (StoreSettingsException e)
        {
            return await RefuseAsync(e.Message, ExitCodes.BadConfiguration);
        }
        catch (Exception e) when (e is StoreRefusedException or StoreUnavailableException)
        {
            return await RefuseAsync(e.Message, ExitCodes.Failed);
        }
    }

    private static async Task<int> RefuseAsync(string message, int code)
    {
        await Console.Error.WriteLineAsync(Shown.Message(message));
        return code;
    }

    private static IEnumerable<string> Lines(RestoreReport report)
    {
        if (!report.IsComparable)
        {
            yield return "The present database cannot be read, so it is not known what the copy lacks: entries, keys and revocations since then.";
            yield break;
        }

        var newest = report.Newest?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        yield return newest is not null
            ? $"The copy's newest entry, job or change is of {newest} UTC. It does not know:"
            : "The copy has no entry, job or change. It does not know:";
        var cost = (report.CostNanos / (decimal)Nanos.PerUsd).ToString(CultureInfo.InvariantCulture);
        yield return $"  {Count(report.Entries, "ledger entry", "ledger entries")} of {cost} USD in all, which budgets will not count";
        yield return $"  virtual keys made since, which are unknown again: {Named(report.KeysMade)}";
        yield return $"  virtual keys deleted or switched off since, which OPEN AGAIN: {Named(report.KeysRevoked)}";
        yield return $"  virtual keys rotated since, whose old secrets OPEN AGAIN: {Named(report.KeysRotated)}";
        yield return $"  admin tokens deleted since, which OPEN AGAIN: {Named(report.TokensRevoked)}";
        yield return $"  {Count(report.ObjectsChanged, "object", "objects")} made, changed or deleted since, those above among them";
        yield return $"  {Count(report.JobsLost, "job", "jobs")} accepted since, which are lost; {report.JobsRunAgain} ended since, which run again";
    }

    private static string Named(IReadOnlyList<string> ids) => ids.Count == 0 ? "none"
        : ids.Count <= NamedMax ? string.Join(", ", ids)
        : $"{string.Join(", ", ids.Take(NamedMax))} and {ids.Count - NamedMax} more";

    private static string Count(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
