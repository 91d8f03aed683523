using System.Collections.Immutable;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Grains;

/// <summary>Between the snapshot of the rules and the state of the grain.</summary>
internal static class KeyStateMap
{
    public static VirtualKeyState ToState(KeySnapshot snapshot)
    {
        var state = new VirtualKeyState();
        foreach (var window in snapshot.Windows)
            state.Windows.Add(WindowStateMap.ToState(window.Scope, window.OfTokens, window.Period, window.Start, window.Used));

        foreach (var (model, learned) in snapshot.Models)
        {
            state.Ratios.Add(new RatioState
            {
                Model = model,
                MeanMillionths = learned.Ratio.MeanMillionths,
                DeviationMillionths = learned.Ratio.DeviationMillionths,
                OutputMean = learned.Output.Mean,
                OutputDeviation = learned.Output.Deviation,
                OutputAnswers = learned.Output.Answers,
            });
        }

        return state;
    }

    public static KeySnapshot ToSnapshot(VirtualKeyState state)
    {
        var windows = ImmutableArray.CreateBuilder<WindowCount>(state.Windows.Count);
        foreach (var window in state.Windows)
        {
            if (WindowStateMap.TryPeriod(window, out var period))
                windows.Add(new WindowCount(window.Scope, window.OfTokens, period, window.Start, window.Used));
        }

        var models = ImmutableArray.CreateBuilder<KeyValuePair<string, LearnedModel>>(state.Ratios.Count);
        foreach (var one in state.Ratios)
        {
            models.Add(new(one.Model, new LearnedModel(
                new TokenRatio(one.MeanMillionths, one.DeviationMillionths),
                new OutputLength(one.OutputMean, one.OutputDeviation, one.OutputAnswers))));
        }

        return new KeySnapshot(windows.DrainToImmutable(), models.DrainToImmutable());
    }
}
