namespace Bifrost.Load;

/// <summary>
/// Watches one stream of numbered words (<c>w000012 </c>): when each came, whether one is missing or out of order, and whether the end mark came.
/// </summary>
internal sealed class EventCounter(int chunks, TimeProvider time) : IBodySink
{
    private const int DigitsOfWord = 6;

    private readonly byte[] _mark = "\"content\":\"w"u8.ToArray();
    private readonly byte[] _done = "data: [DONE]"u8.ToArray();
    private int _markAt;
    private int _doneAt;
    private int _digits;
    private int _number;

    /// <summary>Arrivals of the words in order, as timestamps; 0: it did not come.</summary>
    public long[] At { get; } = new long[chunks];

    public int Disordered { get; private set; }

    public bool SawDone { get; private set; }

    private int _next;

    public void Take(ReadOnlySpan<byte> body)
    {
        var now = time.GetTimestamp();
        foreach (var value in body)
        {
            if (_digits > 0) Digit(value, now);
            else Match(value);
        }
    }

    private void Match(byte value)
    {
        _markAt = value == _mark[_markAt] ? _markAt + 1 : value == _mark[0] ? 1 : 0;
        if (_markAt == _mark.Length)
        {
            _markAt = 0;
            _digits = DigitsOfWord;
            _number = 0;
        }
        _doneAt = value == _done[_doneAt] ? _doneAt + 1 : value == _done[0] ? 1 : 0;
        if (_doneAt < _done.Length) return;
        _doneAt = 0;
        SawDone = true;
    }

    private void Digit(byte value, long now)
    {
        _number = _number * 10 + (value - '0');
        if (--_digits > 0) return;
        if (_number != _next) Disordered++;
        _next = _number + 1;
        if (_number < At.Length) At[_number] = now;
    }
}
