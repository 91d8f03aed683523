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

        foreach (var (model, ratio) in snapshot.Ratios)
        {
            state.Ratios.Add(new RatioState
            {
                Model = model,
                MeanMillionths = ratio.MeanMillionths,
                DeviationMillionths = ratio.DeviationMillionths,
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

        var ratios = ImmutableArray.CreateBuilder<KeyValuePair<string, TokenRatio>>(state.Ratios.Count);
        foreach (var ratio in state.Ratios) ratios.Add(new(ratio.Model, new TokenRatio(ratio.MeanMillionths, ratio.DeviationMillionths)));
        return new KeySnapshot(windows.DrainToImmutable(), ratios.DrainToImmutable());
    }
}
