using Bifrost.Catalog.Editing;
using Bifrost.Cli.Jobs;
using Bifrost.Ledger.Ids;

namespace Bifrost.Server.Client;

/// <summary><c>cluster drain</c> and <c>enable</c>: a change of the catalog, done when every live silo works by it, with an entry in the audit.</summary>
internal static class ClusterTurn
{
    public static async Task<int> RunAsync(ClusterConnection cluster, string provider, bool drain, bool asJson)
    {
        var done = await cluster.Grains.GetGrain<IProviderSwitchGrain>(provider).Turn(new ProviderTurn
        {
            OperationId = Uuid.New(TimeProvider.System),
            Drain = drain,
            By = $"{Environment.UserName}@{Environment.MachineName}",
        });
        if (asJson)
        {
            await ClientOutput.JsonAsync(json =>
            {
                json.WriteStartObject();
                json.WriteString("provider"u8, provider);
                json.WriteString("action"u8, ProviderSwitch.ActionOf(drain));
                json.WriteString("result"u8, done switch { { Refusal: null } => "done", { IsKnown: false } => "unknown", _ => "refused" });
                if (done.Refusal is not null) json.WriteString("message"u8, done.Refusal);
                json.WriteEndObject();
            });
        }

        if (done.Refusal is not null)
        {
            if (!asJson) await Console.Error.WriteLineAsync(done.IsKnown ? done.Refusal : $"Whether it was done is not known, repeat it: {done.Refusal}");
            return done.IsKnown ? ClientExit.WithFailures : ClientExit.Unfinished;
        }

        if (asJson) return ClientExit.Done;
        await ClientOutput.TextAsync(
            drain ? $"Drained: no silo starts a new call at {provider}; those that run go on to their end." : $"Enabled: {provider}.");
        return ClientExit.Done;
    }
}
