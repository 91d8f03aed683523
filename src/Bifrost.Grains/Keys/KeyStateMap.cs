using System.Collections.Immutable;
using Bifrost.Core.Catalog;
using Bifrost.Core.Keys;
using Bifrost.Core.Ledger;

namespace Bifrost.Grains.Keys;

/// <summary>Between the snapshot of the rules and the state of the grain.</summary>
internal static class KeyStateMap
{
    public static VirtualKeyState ToState(KeySnapshot snapshot)
    {
        var state = new VirtualKeyState();
        foreach (var window in snapshot.Windows)
        {
            state.Windows.Add(new WindowState
            {
                Scope = window.Scope,
                OfTokens = window.OfTokens,
                PeriodCount = window.Period.Count,
                PeriodUnit = window.Period.Unit.ToString(),
                CalendarAligned = window.Period.CalendarAligned,
                Start = window.Start,
                Used = window.Used,
            });
        }

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

    /// <summary>A window that makes no sense here (another version wrote it) is left out: it only makes one window more generous.</summary>
    public static KeySnapshot ToSnapshot(VirtualKeyState state)
    {
        var windows = ImmutableArray.CreateBuilder<WindowCount>(state.Windows.Count);
        foreach (var window in state.Windows)
        {
            if (window.PeriodCount < 1 || !Enum.TryParse<PeriodUnit>(window.PeriodUnit, out var unit)) continue;
            var period = new WindowPeriod(window.PeriodCount, unit, window.CalendarAligned);
            windows.Add(new WindowCount(window.Scope, window.OfTokens, period, window.Start, window.Used));
        }

        var ratios = ImmutableArray.CreateBuilder<KeyValuePair<string, TokenRatio>>(state.Ratios.Count);
        foreach (var ratio in state.Ratios) ratios.Add(new(ratio.Model, new TokenRatio(ratio.MeanMillionths, ratio.DeviationMillionths)));
        return new KeySnapshot(windows.DrainToImmutable(), ratios.DrainToImmutable());
    }
}
