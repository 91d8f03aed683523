using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// How the model is told to think. Nothing is said where the request says nothing. The budget lies within the output limit, as a caller's limit
/// binds thinking too, so that no call can cost more than it was admitted with.
/// </summary>
internal readonly ref struct ThinkingPlan
{
    private const int BudgetTokensMin = 1_024;

    private readonly ReadOnlySpan<byte> _native;
    private readonly string? _type;
    private readonly int _budget;
    private readonly string? _effort;
    private readonly ReadOnlySpan<byte> _format;

    private ThinkingPlan(bool isOn, ReadOnlySpan<byte> native, string? type, int budget, string? effort, ReadOnlySpan<byte> format)
    {
        IsOn = isOn;
        (_type, _budget, _effort) = (type, budget, effort);
        _native = native;
        _format = format;
    }

    /// <summary>Whether the request asks for thinking.</summary>
    public bool IsOn { get; }

    /// <param name="fields">The request.</param>
    /// <param name="model">What the model takes.</param>
    /// <param name="limit">The output limit that is sent.</param>
    /// <param name="isLowered">Whether the gateway lowered it: then thinking without room is left out, not refused.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static ThinkingPlan Of(scoped in RequestFields fields, ClaudeModel model, int limit, bool isLowered, MapFindings findings)
    {
        var format = ResponseFormat.SchemaOf(fields.ResponseFormat, model, findings);
        if (!fields.Thinking.IsEmpty) return Native(fields, model, limit, isLowered, findings, format);
        if (fields.Effort.IsEmpty) return new(isOn: false, default, null, 0, null, format);
        var effort = JsonText.Read(fields.Effort) ?? "";
        if (effort == "none") return Off(model, format);
        var level = LevelOf(effort, model);
        if (level is null || model.Thinking == ThinkingControl.None)
        {
            findings.Drop("reasoning_effort", level is null ? $"it knows no effort '{effort}'" : "this model does not think");
            return new(isOn: false, default, null, 0, null, format);
        }

        if (model.Thinking == ThinkingControl.Effort) return new(isOn: true, default, "adaptive", 0, level, format);
        var budget = Math.Min(BudgetOf(effort, model), limit - 1);
        if (budget >= BudgetTokensMin) return new(isOn: true, default, "enabled", budget, null, format);
        NoRoom("reasoning_effort", limit, isLowered, findings);
        return new(isOn: false, default, null, 0, null, format);
    }

    public void Write(ref BodyWriter to)
    {
        if (!_native.IsEmpty)
        {
            to.Json.Raw(",\"thinking\":"u8);
            to.Json.Raw(_native);
        }
        else if (_type is not null)
        {
            to.Json.Raw(",\"thinking\":{\"type\":"u8);
            to.Json.Quoted(_type);
            if (_budget > 0)
            {
                to.Json.Raw(",\"budget_tokens\":"u8);
                to.Json.Number(_budget);
            }

            // Newer models show nothing of their thinking unless they are asked to.
            if (_type == "adaptive") to.Json.Raw(",\"display\":\"summarized\""u8);
            to.Json.Byte((byte)'}');
        }

        if (_effort is null && _format.IsEmpty) return;
        to.Json.Raw(",\"output_config\":{"u8);
        if (_effort is not null)
        {
            to.Json.Raw("\"effort\":"u8);
            to.Json.Quoted(_effort);
            if (!_format.IsEmpty) to.Json.Byte((byte)',');
        }

        if (!_format.IsEmpty)
        {
            to.Json.Raw("\"format\":{\"type\":\"json_schema\",\"schema\":"u8);
            SchemaMap.Write(ref to.Json, _format);
            to.Json.Byte((byte)'}');
        }

        to.Json.Byte((byte)'}');
    }

    /// <summary>The provider's own field, as the caller wrote it; its budget is checked, since it decides what the call may cost.</summary>
    private static ThinkingPlan Native(
        scoped in RequestFields fields, ClaudeModel model, int limit, bool isLowered, MapFindings findings, ReadOnlySpan<byte> format)
    {
        var type = JsonMembers.Find(fields.Thinking, "type"u8);
        var isOn = !JsonText.Is(type, "disabled"u8);
        var budget = JsonMembers.Find(fields.Thinking, "budget_tokens"u8);
        var effort = model.Thinking == ThinkingControl.Effort && JsonText.Read(fields.Effort) is { } word and not "none" ? LevelOf(word, model) : null;
        if (JsonText.Is(type, "enabled"u8))
        {
            if (!model.Samples) findings.Drop("thinking", "this model takes thinking of type adaptive");
            else if (JsonText.Whole(budget) is not >= BudgetTokensMin)
                findings.Wrong("thinking.budget_tokens", $"`thinking.budget_tokens` must be an integer of at least {BudgetTokensMin}.");
            else if (JsonText.Whole(budget) >= limit && isLowered) NoRoom("thinking", limit, isLowered, findings);
            else if (JsonText.Whole(budget) >= limit)
                findings.Wrong("thinking.budget_tokens", $"`thinking.budget_tokens` must be below the output limit, which is {limit}.");
            else return new(isOn, fields.Thinking, null, 0, effort, format);
            return new(isOn: false, default, null, 0, effort, format);
        }

        return new(isOn, fields.Thinking, null, 0, effort, format);
    }

    private static ThinkingPlan Off(ClaudeModel model, ReadOnlySpan<byte> format) => model.Off switch
    {
        ThinkingOff.Disabled => new(isOn: false, default, "disabled", 0, null, format),
        ThinkingOff.BetweenTools => new(isOn: false, default, "between_tools", 0, null, format),
        ThinkingOff.Never => new(isOn: true, default, "adaptive", 0, "low", format),
        _ => new(isOn: false, default, null, 0, null, format),
    };

    /// <summary>The effort by the provider's word; null for one that it does not know.</summary>
    private static string? LevelOf(string effort, ClaudeModel model) => effort switch
    {
        "minimal" or "low" => "low",
        "medium" or "high" => effort,
        "xhigh" => model.EffortAboveHigh,
        "max" => "max",
        _ => null,
    };

    /// <summary>Thousandths of the model's longest answer that an effort may take.</summary>
    private static int BudgetOf(string effort, ClaudeModel model)
    {
        var thousandths = effort switch { "minimal" => 20, "low" => 100, "medium" => 300, "high" => 600, _ => 900 };
        return Math.Max(BudgetTokensMin, (int)((long)model.OutputTokensMax * thousandths / 1_000));
    }

    private static void NoRoom(string param, int limit, bool isLowered, MapFindings findings)
    {
        if (isLowered) findings.LeftOut(param);
        else findings.Drop(param, $"thinking takes {BudgetTokensMin} tokens at least, and the output limit of {limit} leaves no room for them");
    }
}
