using System.Globalization;

namespace Bifrost.Providers.Gemini;

/// <summary>The models by family, kind and version.</summary>
internal static class GeminiModels
{
    private static readonly GeminiModel s_old = new()
    {
        OutputTokensMax = 8_192,
        TakesPenalties = true,
        TakesJsonSchema = false,
        CombinesTools = false,
        NeedsSignatures = false,
        BillsEachSearch = false,
    };

    private static readonly GeminiModel s_budget = new()
    {
        BudgetMin = 1, BudgetMax = 24_576, CombinesTools = false, NeedsSignatures = false, BillsEachSearch = false,
    };

    private static readonly GeminiModel s_minimal = new() { Levels = ["MINIMAL", "LOW", "MEDIUM", "HIGH"] };
    private static readonly GeminiModel s_low = new() { Levels = ["LOW", "MEDIUM", "HIGH"] };
    private static readonly GeminiModel s_four = new() { Levels = ["LOW", "MEDIUM", "HIGH", "XHIGH"], OneChoice = true, Prefills = false, Continues = true };
    private static readonly GeminiModel s_image = new() { OutputTokensMax = 32_768, CombinesTools = false, NeedsSignatures = false };
    private static readonly GeminiModel s_gemma = s_old with
    {
        OutputTokensMax = 0, TakesInstructions = false, TakesSignatures = false, TakesPenalties = false,
    };


    /// <summary>A name that says neither family nor version: nothing is refused here that the provider may take.</summary>
    private static readonly GeminiModel s_unknown = s_low with { OutputTokensMax = 0, TakesPenalties = true };

    /// <summary>Each from this version on; an empty kind is every one that has no row of its own.</summary>
    private static readonly (string Family, string Kind, int Major, int Minor, GeminiModel Model)[] s_rows =
    [
        ("gemini", "", 1, 0, s_old),
        ("gemini", "", 2, 5, s_budget with { TurnsOff = true }),
        ("gemini", "", 3, 0, s_low),
        ("gemini", "", 4, 0, s_four),
        ("gemini", "argon", 4, 0, s_four with { Levels = ["LOW", "MEDIUM", "HIGH"], PlainOutputTokensMax = 32_768 }),
        ("gemini", "pro", 1, 0, s_old),
        ("gemini", "pro", 2, 5, s_budget with { BudgetMin = 128, BudgetMax = 32_768 }),
        ("gemini", "pro", 3, 0, s_low with { Levels = ["LOW", "HIGH"] }),
        ("gemini", "pro", 3, 1, s_low),
        ("gemini", "flash", 1, 0, s_old),
        ("gemini", "flash", 2, 5, s_budget with { TurnsOff = true }),
        ("gemini", "flash", 3, 0, s_minimal),
        ("gemini", "flash", 3, 7, s_low),
        ("gemini", "flash-lite", 2, 0, s_old),
        ("gemini", "flash-lite", 2, 5, s_budget with { BudgetMin = 512, TurnsOff = true }),
        ("gemini", "flash-lite", 3, 0, s_minimal),
        ("gemini", "image", 2, 0, s_image),
        ("gemini", "image", 3, 0, s_image with { NeedsSignatures = true }),
        ("gemma", "", 1, 0, s_gemma),
        ("gemma", "", 4, 0, s_gemma with { Levels = ["MINIMAL", "HIGH"], TakesJsonSchema = true }),
    ];

    /// <summary>The row of <c>gemini-2.5-flash-lite-preview-09-2025</c> or <c>models/gemini-3-pro-preview</c>; never null.</summary>
    public static GeminiModel Find(string model)
    {
        var words = model[(model.LastIndexOf('/') + 1)..].ToLowerInvariant().Split('-');
        var (major, minor) = (0, 0);
        var hasVersion = false;
        foreach (var word in words.AsSpan(1))
        {
            if (word.Length == 0 || !char.IsAsciiDigit(word[0])) continue;
            hasVersion = TryVersion(word, out major, out minor);
            break;
        }

        // An alias of the newest of its kind.
        var kind = KindOf(words);
        if (!hasVersion && words.Contains("latest")) (hasVersion, major, minor) = (true, 3, kind == "pro" ? 1 : 7);
        if (!hasVersion) return s_unknown;
        return In(words[0], kind, major, minor) ?? In(words[0], "", major, minor) ?? s_unknown;
    }

    private static GeminiModel? In(string family, string kind, int major, int minor)
    {
        GeminiModel? found = null;
        foreach (var row in s_rows)
            if (row.Family == family && row.Kind == kind && (row.Major, row.Minor).CompareTo((major, minor)) <= 0) found = row.Model;
        return found;
    }

    private static string KindOf(string[] words)
    {
        if (words.Contains("image")) return "image";
        if (words.Contains("flash")) return words.Contains("lite") ? "flash-lite" : "flash";
        return words.Contains("pro") ? "pro" : words.Contains("argon") ? "argon" : "";
    }

    private static bool TryVersion(string word, out int major, out int minor)
    {
        minor = 0;
        var dot = word.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? word : word[..dot];
        if (!int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out major)) return false;
        return dot < 0 || int.TryParse(word.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out minor);
    }
}
