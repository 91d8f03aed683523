using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Editing;

/// <summary>Turns a provider for an outside client. The audit's actor is the client as such; who it says that it is stands in the detail.</summary>
[GrainType("provider-switch")]
internal sealed class ProviderSwitchGrain(ProviderSwitch switches, TimeProvider time) : Grain, IProviderSwitchGrain
{
    /// <summary>The actor of the audit.</summary>
    internal const string Actor = "cluster-client";

    private const int ByCharsMax = 200;

    public async Task<ProviderSwitched> Turn(ProviderTurn turn)
    {
        var now = time.GetUtcNow();
        try
        {
            var refusal = await switches.TurnAsync(this.GetPrimaryKeyString(), turn.Drain, key => new AuditEntry
            {
                Id = turn.OperationId,
                At = now,
                Actor = Actor,
                Action = ProviderSwitch.ActionOf(turn.Drain),
                Target = key,
                Detail = Detail(turn.By),
            });
            return new ProviderSwitched { Refusal = refusal?.Message };
        }
        catch (StoreUnavailableException e)
        {
            return new ProviderSwitched { Refusal = e.Message, IsKnown = false };
        }
    }

    private static string Detail(string by)
    {
        var text = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("said_to_be"u8, string.Concat(by.Where(static sign => sign is >= ' ' and <= '~').Take(ByCharsMax)));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
