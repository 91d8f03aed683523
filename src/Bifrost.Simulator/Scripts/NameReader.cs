using System.Globalization;

namespace Bifrost.Simulator.Scripts;

/// <summary>Walks over the words of a model name, which hyphens part.</summary>
internal sealed class NameReader(string name)
{
    private const int NumberMax = 64 << 20;
    private const int DurationMsMax = 3_600_000;

    private readonly string[] _words = name.Split('-');
    private int _at;

    public bool AtEnd => _at == _words.Length;

    public string Next() => AtEnd ? "" : _words[_at++];

    /// <summary>Takes the next word when it is <paramref name="word"/>.</summary>
    public bool Take(string word)
    {
        if (AtEnd || _words[_at] != word) return false;
        _at++;
        return true;
    }

    /// <summary>Takes the next word when it is a number of at most 64 Mi.</summary>
    public bool TakeNumber(out int number)
    {
        number = 0;
        if (AtEnd || !TryNumber(_words[_at], out number)) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a duration such as <c>200ms</c> or <c>2s</c>, at most an hour.</summary>
    public bool TakeDuration(out int milliseconds)
    {
        milliseconds = 0;
        if (AtEnd || !TryDuration(_words[_at], out milliseconds)) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a pair such as <c>64x20ms</c>.</summary>
    public bool TakePace(out int count, out int milliseconds)
    {
        count = milliseconds = 0;
        if (AtEnd || _words[_at].Split('x') is not [var left, var right]) return false;
        if (!TryNumber(left, out count) || count == 0 || !TryDuration(right, out milliseconds)) return false;
        _at++;
        return true;
    }

    public void TakeRest() => _at = _words.Length;

    /// <summary>Reads a size such as <c>64b</c>, <c>1kb</c> or <c>4mb</c>, at most 64 MiB.</summary>
    public static bool TrySize(string word, out int bytes)
    {
        bytes = 0;
        var (digits, shift) = word switch
        {
            [.. var n, 'k', 'b'] => (n, 10),
            [.. var n, 'm', 'b'] => (n, 20),
            [.. var n, 'b'] => (n, 0),
            _ => ("", 0),
        };
        if (!TryNumber(digits, out var number) || number == 0 || (long)number << shift > NumberMax) return false;
        bytes = number << shift;
        return true;
    }

    private static bool TryNumber(string word, out int number) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= NumberMax;

    private static bool TryDuration(string word, out int milliseconds)
    {
        milliseconds = 0;
        var (digits, factor) = word switch
        {
            [.. var n, 'm', 's'] => (n, 1),
            [.. var n, 's'] => (n, 1000),
            _ => ("", 0),
        };
        if (!TryNumber(digits, out var number) || (long)number * factor > DurationMsMax) return false;
        milliseconds = number * factor;
        return true;
    }
}
