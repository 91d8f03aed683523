using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Jobs;

/// <summary>
/// The preferences of <c>Prefer</c> (RFC 7240) that are known here. Of one that is given twice the first counts; what is not understood
/// is no mistake and has no effect.
/// </summary>
/// <param name="RespondAsync"><c>respond-async</c>.</param>
/// <param name="WaitSeconds"><c>wait=</c>; null: not given.</param>
internal readonly record struct Preference(bool RespondAsync, int? WaitSeconds)
{
    private const string Async = "respond-async";

    /// <summary>False: certainly not. Costs nothing.</summary>
    public static bool MayAskAsync(StringValues values)
    {
        foreach (var value in values)
            if (value is not null && value.Contains(Async, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    public static Preference Read(StringValues values)
    {
        var read = default(Preference);
        foreach (var value in values)
        {
            var rest = value.AsSpan();
            while (!rest.IsEmpty)
            {
                var end = EndOf(rest, ',');
                read = read.With(rest[..end]);
                rest = rest[Math.Min(rest.Length, end + 1)..];
            }
        }

        return read;
    }

    /// <summary>What was done of them, for <c>Preference-Applied</c>; null: nothing.</summary>
    public static string? Applied(bool respondedAsync, int? waitedSeconds) => (respondedAsync, waitedSeconds) switch
    {
        (true, { } wait) => string.Create(CultureInfo.InvariantCulture, $"{Async}, wait={wait}"),
        (true, null) => Async,
        (false, { } wait) => string.Create(CultureInfo.InvariantCulture, $"wait={wait}"),
        _ => null,
    };

    private Preference With(ReadOnlySpan<char> one)
    {
        // Parameters after ';' qualify a preference; none is known.
        one = one[..EndOf(one, ';')];
        var equals = one.IndexOf('=');
        var name = (equals < 0 ? one : one[..equals]).Trim();
        var value = equals < 0 ? default : one[(equals + 1)..].Trim().Trim('"');
        if (name.Equals(Async, StringComparison.OrdinalIgnoreCase) && value.IsEmpty) return this with { RespondAsync = true };
        return name.Equals("wait", StringComparison.OrdinalIgnoreCase) && WaitSeconds is null
            && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? this with { WaitSeconds = seconds }
            : this;
    }

    /// <summary>Where the separator stands outside of quotes; the length where it does not.</summary>
    private static int EndOf(ReadOnlySpan<char> text, char separator)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"') quoted = !quoted;
            else if (quoted && text[i] == '\\') i++;
            else if (!quoted && text[i] == separator) return i;
        }

        return text.Length;
    }
}
