using System.Text.RegularExpressions;

namespace Bifrost.Chat.Json;

/// <summary>
/// The one place that decides what of a text that people wrote may be printed: a message about a setting goes to logs and terminals, and a
/// secret may stand at a wrong place, under a wrong name or in an address. What looks like one is left out.
/// </summary>
public static partial class Shown
{
    private const int RandomCharsMin = 20;

    /// <summary>A message without what looks like a secret.</summary>
    public static string Message(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        message = User().Replace(message, "$1…@");
        message = Query().Replace(message, "$1?…");
        message = Assignment().Replace(message, "$1$2…");
        message = Known().Replace(message, "$1…");
        return Word().Replace(message, static word => LooksRandom(word.ValueSpan) ? "…" : word.Value);
    }

    /// <summary>Letters and digits mixed, longer than names are.</summary>
    private static bool LooksRandom(ReadOnlySpan<char> word) =>
        word.Length >= RandomCharsMin && word.ContainsAnyInRange('0', '9') && (word.ContainsAnyInRange('a', 'z') || word.ContainsAnyInRange('A', 'Z'));

    /// <summary>What stands before the host of an address.</summary>
    [GeneratedRegex(@"(://)[^""\r\n]*@")]
    private static partial Regex User();

    [GeneratedRegex(@"(://[^?\s""]*)\?[^\s""]+")]
    private static partial Regex Query();

    [GeneratedRegex(@"\b(password|passwd|pwd|secret|token|api[-_]?key)(\s*=\s*)[^;&""\r\n]+", RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();

    /// <summary>Beginnings of well-known secrets; a beginning alone is none.</summary>
    [GeneratedRegex(
        @"(?<![A-Za-z0-9])(sk-bf-|sk[-_]|pk[-_]|rk_|whsec_|bf-admin-|gsk_|xai-|AIza|Bearer )(?!bf-(?![A-Za-z0-9]))[A-Za-z0-9+/=_.-]+",
        RegexOptions.IgnoreCase)]
    private static partial Regex Known();

    [GeneratedRegex("[A-Za-z0-9+=]+")]
    private static partial Regex Word();
}
