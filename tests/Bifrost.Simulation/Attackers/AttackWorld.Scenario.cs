using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Envelope;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Attackers;

internal sealed partial class AttackWorld
{
    private async Task ScenarioAsync()
    {
        await Store.ApplyAsync(
            new LedgerCatalogChange
            {
                Budgets = [.. Catalog.Definitions],
                Keys = [.. AttackCatalog.Keys.Select(static key => new KeyState(key, true))],
            },
            default);
        var silos = Random.Next(2, 4);
        for (var i = 0; i < silos; i++) AddSilo();
        Observe(ChangeWeatherAsync());
        await Task.Delay(TimeSpan.FromSeconds(1.5), Clock);

        var calls = Random.Next(40, 140);
        for (var i = 0; i < calls; i++)
        {
            if (_silos.Count > 0) Observe(AttackAsync(Pick(_silos)));
            if (Random.Next(20) == 0 && _silos.Count > 0) Observe(HonestAsync(Pick(_silos)));
            if (Random.Next(6) == 0) await Task.Delay(Ms(1, 2_000), Clock);
        }

        // Every call has ended, is settled, and its leases are given back.
        await Task.Delay(TimeSpan.FromSeconds(20), Clock);
        (_trouble, _crashChance) = (false, 0);
        foreach (var silo in _silos) silo.Weather = Weather.Calm;
        await Task.Delay(TimeSpan.FromSeconds(160), Clock);
        await ProbeAsync();
        await Task.Delay(TimeSpan.FromSeconds(30), Clock);
        CheckMoney();
    }

    private async Task ChangeWeatherAsync()
    {
        while (_trouble)
        {
            if (_silos.Count > 0) Pick(_silos).Weather = Random.Next(5) == 0 ? (Weather)Random.Next(4) : Weather.Calm;
            await Task.Delay(Ms(100, 4_000), Clock);
        }
    }

    /// <summary>One attacker's call, from its body to wherever it leaves it.</summary>
    private async Task AttackAsync(AttackSilo silo)
    {
        var attackers = AttackCatalog.Keys.Length - 1;
        var model = Random.Next(3) == 0 ? Catalog.Models[0] : Catalog.Models[Random.Next(Catalog.Models.Count - 1)];
        var body = AttackBody.Of(Random, model);
        TimeSpan? leaves = Random.Next(3) > 0 ? null : Ms(0, Random.Next(2) == 0 ? 500 : 20_000);
        await CallAsync(silo, AttackCatalog.Keys[Random.Next(attackers)], body, leaves);
    }

    private async Task<bool> HonestAsync(AttackSilo silo)
    {
        var answered = await CallAsync(silo, AttackCatalog.Keys[^1], AttackBody.Honest(Catalog.Honest), leaves: null);
        if (answered) HonestPaid++;
        return answered;
    }

    /// <summary>True when it was answered.</summary>
    private async Task<bool> CallAsync(AttackSilo silo, string key, AttackBody body, TimeSpan? leaves)
    {
        if (!ChatEnvelope.TryParse(body.Json, ChatLimits.Default, out var envelope, out var error))
        {
            Fail(new InvalidOperationException($"A body that is wrong: {error!.Message}"));
            return false;
        }

        Current.Value = body;
        var call = new ChatCall
        {
            Envelope = envelope!,
            Caller = new Caller { VirtualKeyId = key, SecretHash = HashOf(key).AsMemory() },
            RequestId = "r",
            Clamp = body.Clamp,
        };
        using var left = leaves is { } after ? new CancellationTokenSource(after, silo.Clock) : new CancellationTokenSource();
        var result = await silo.Pipeline.RunAsync(call, left.Token);
        if (result.Info.OutputClamped is not null) Clamped++;
        switch (result)
        {
            case ChatBody whole:
                whole.Dispose();
                Answered++;
                return true;
            case ChatEvents events:
                return await ReadAsync(events, left.Token);
            case ChatFailure failure:
                if (failure.Error.Type == "budget_exceeded") Full++;
                if (failure.Error.Status == 499) Left++;
                else Refused++;
                LastRefusal = failure.Error.Message;
                return false;
            default:
                return false;
        }
    }

    private async Task<bool> ReadAsync(ChatEvents events, CancellationToken left)
    {
        await using (events)
        {
            try
            {
                while (true)
                {
                    var next = await events.ReadAsync(left);
                    if (next.Kind == ChatEventKind.Error) return false;
                    if (next.Kind != ChatEventKind.Done) continue;
                    Answered++;
                    return true;
                }
            }
            catch (OperationCanceledException)
            {
                Left++;
                return false;
            }
        }
    }
}
