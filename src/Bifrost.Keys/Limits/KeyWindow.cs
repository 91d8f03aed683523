using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Limits;

/// <summary>
/// One counter of a rate window. Windows of one period begin at the same moments on every activation: calendar windows by the calendar,
/// rolling ones at multiples since 1970. A window never moves back.
/// </summary>
public sealed class KeyWindow
{
    private DateTimeOffset _end = DateTimeOffset.MinValue;

    public WindowPeriod Period { get; private set; }

    /// <summary>Start of the current window.</summary>
    public DateTimeOffset Start { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Number of the current window on this activation; another period is another window, even from the same moment on.</summary>
    public int Era { get; private set; }

    /// <summary>Counted in the current window.</summary>
    public long Used { get; private set; }

    /// <summary>Held in the current window by calls that have not ended.</summary>
    public long Held { get; private set; }

    /// <summary>Moves on to the window that holds now; another period begins anew.</summary>
    public void Roll(WindowPeriod period, DateTimeOffset now)
    {
        if (period == Period && now < _end) return;
        Begin(period, WindowClock.Current(period, WindowClock.First(period, DateTimeOffset.UnixEpoch), now), used: 0);
    }

    public TimeSpan ResetsIn(DateTimeOffset now)
    {
        var left = _end - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>What another call may still take.</summary>
    public long RoomOf(long limit) => Math.Max(0, limit - Used - Held);

    public void Count(long amount) => Used += amount;

    public void Hold(long amount) => Held += amount;

    /// <summary>Turns what a call held in <paramref name="era"/> into what it used; a call of another window changes nothing.</summary>
    public void Correct(int era, long held, long used)
    {
        if (era != Era) return;
        Held = Math.Max(0, Held - held);
        Used += used;
    }

    /// <summary>Takes back a count that was made in <paramref name="era"/>.</summary>
    public void Uncount(int era, long amount)
    {
        if (era == Era) Used = Math.Max(0, Used - amount);
    }

    /// <summary>Takes over what another activation counted: a later window wins, of one window the larger count.</summary>
    public void Merge(WindowPeriod period, DateTimeOffset start, long used)
    {
        if (start > Start) Begin(period, start, used);
        else if (start == Start && period == Period) Used = Math.Max(Used, used);
    }

    private void Begin(WindowPeriod period, DateTimeOffset start, long used)
    {
        (Period, Start, Used, Held) = (period, start, used, 0);
        _end = WindowClock.End(period, start);
        Era++;
    }
}
