using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// How the model is told to think: by a level, or by a budget within the output limit. Nothing is said where the request says nothing. The output
/// limit binds thinking too, so that no call can cost more than it was admitted with.
/// </summary>
internal readonly record struct ThinkingPlan
{
    private const int LowTokens = 1_024;
    private const int MediumTokens = 8_192;
    private const int HighTokens = 24_576;

    /// <summary>Null: thinking is not told by a level.</summary>
    private string? Level { get; init; }

    /// <summary>Null: thinking is not told by a budget.</summary>
    private int? Budget { get; init; }

    private bool IsShown { get; init; }

    /// <param name="effort">The request's effort; empty: none.</param>
    /// <param name="model">What the model takes.</param>
    /// <param name="limit">The output limit that is sent; 0: none.</param>
    /// <param name="isLowered">Whether the gateway lowered it: then thinking without room is left out, not refused.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static ThinkingPlan Of(ReadOnlySpan<byte> effort, GeminiModel model, int limit, bool isLowered, MapFindings findings)
    {
        const string Param = "reasoning_effort";
        if (effort.IsEmpty) return default;
        var word = JsonText.Read(effort) ?? "";
        if (word is not ("none" or "minimal" or "low" or "medium" or "high" or "xhigh" or "max"))
        {
            findings.Drop(Param, $"it knows no effort '{JsonText.Shown(JsonText.Inner(effort))}'");
            return default;
        }

        if (!model.Levels.IsEmpty) return new ThinkingPlan { Level = LevelOf(word, model.Levels), IsShown = word != "none" };
        if (model.BudgetMin == 0)
        {
            if (word != "none") findings.Drop(Param, "this model does not think");
            return default;
        }

        if (word == "none") return new ThinkingPlan { Budget = model.TurnsOff ? 0 : model.BudgetMin };
        var budget = Math.Clamp(BudgetOf(word, model), model.BudgetMin, model.BudgetMax);
        if (limit > 0) budget = Math.Min(budget, limit - 1);
        if (budget >= Math.Max(1, model.BudgetMin)) return new ThinkingPlan { Budget = budget, IsShown = true };
        if (isLowered) findings.LeftOut(Param);
        else findings.Drop(Param, $"thinking takes {model.BudgetMin} tokens at least, and the output limit of {limit} leaves no room for them");
        return default;
    }

    /// <summary>The member of the generation's configuration; nothing where nothing is said.</summary>
    public void Write(ref BodyWriter to, ref bool any)
    {
        if (Level is null && Budget is null) return;
        to.Member(ref any, "thinkingConfig"u8);
        to.Json.Raw(IsShown ? "{\"includeThoughts\":true,"u8 : "{"u8);
        if (Level is not null)
        {
            to.Json.Raw("\"thinkingLevel\":"u8);
            to.Json.Quoted(Level);
        }
        else
        {
            to.Json.Raw("\"thinkingBudget\":"u8);
            to.Json.Number(Budget ?? 0);
        }

        to.Json.Byte((byte)'}');
    }

    private static int BudgetOf(string effort, GeminiModel model) => effort switch
    {
        "minimal" or "low" => LowTokens,
        "medium" => MediumTokens,
        "high" => HighTokens,
        _ => model.BudgetMax,
    };

    /// <summary>The model's own word, or the next one above it; the highest where there is none above.</summary>
    private static string LevelOf(string effort, ImmutableArray<string> levels)
    {
        if (effort is "none" or "minimal") return levels[0];
        var own = effort is "xhigh" or "max" ? "XHIGH" : effort.ToUpperInvariant();
        if (levels.Contains(own)) return own;
        return effort == "low" ? levels[0] : levels.Contains("HIGH") ? "HIGH" : levels[^1];
    }
}
