namespace Bifrost.Keys.Limits;

/// <summary>What one slice holds and has used in one window. A later window knows nothing of it.</summary>
internal sealed class SliceCharge
{
    private readonly KeyWindow? _window;
    private readonly int _era;
    private long _held;
    private long _used;

    private SliceCharge(KeyWindow? window, long held)
    {
        _window = window;
        _era = window?.Era ?? 0;
        _held = held;
    }

    /// <summary>A slice that no window of its kind binds.</summary>
    public static SliceCharge None { get; } = new(null, 0);

    public static SliceCharge On(KeyWindow window, long held)
    {
        window.Hold(held);
        return new SliceCharge(window, held);
    }

    /// <summary>Puts what is held and used now in the place of what was.</summary>
    public void Set(long held, long used)
    {
        if (_window is null) return;
        _window.Correct(_era, _held - held, used - _used);
        (_held, _used) = (held, used);
    }

    /// <summary>The attempt will not be settled any more: what it holds counts as used.</summary>
    public void GiveUp() => Set(0, _used + _held);
}
