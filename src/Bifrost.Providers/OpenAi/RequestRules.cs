using System.Collections.Frozen;

namespace Bifrost.Providers.OpenAi;

/// <summary>
/// What a provider takes otherwise of a chat completion request than OpenAI's words of it: data, one a provider. What it refuses fails the try, or is left
/// out where <c>drop_unsupported</c> says so; values that say nothing are left out in any case.
/// </summary>
public sealed record RequestRules
{
    /// <summary>Parameters that it does not have.</summary>
    public FrozenSet<string> Refused { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Parameters that it does not know and that change nothing of an answer: left out without a word.</summary>
    public FrozenSet<string> Hints { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Parameters that some of its models do not have.</summary>
    public ImmutableArray<ModelRule> ByModel { get; init; } = [];

    /// <summary>Its own names of parameters.</summary>
    public FrozenDictionary<string, string> Renamed { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Its own words for efforts of reasoning.</summary>
    public FrozenDictionary<string, string> Efforts { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The fields of messages that it knows; others are refused there, so they are left out. Null: any.</summary>
    public FrozenSet<string>? MessageFields { get; init; }

    /// <summary>The field of an assistant's message that it reads earlier reasoning from; null: fields stay as they are.</summary>
    public string? ReasoningField { get; init; }

    /// <summary>Whether each assistant's message must have that field once the history has a call of a tool.</summary>
    public bool ReasoningIsDue { get; init; }

    /// <summary>Whether it knows the role <c>system</c> and not <c>developer</c>.</summary>
    public bool DeveloperIsSystem { get; init; }

    /// <summary>Characters of ids of calls, letters and digits alone; 0: any id.</summary>
    public int CallIdLength { get; init; }

    /// <summary>Whether <c>logprobs</c> is the number of alternatives.</summary>
    public bool LogprobsAreCount { get; init; }

    /// <summary>Whether it has <c>json_object</c> and no <c>json_schema</c>.</summary>
    public bool RefusesSchema { get; init; }

    /// <summary>Whether a tool can only be forced where thinking is disabled.</summary>
    public bool RefusesForcedToolsOfThinking { get; init; }
}

/// <summary>What models with this part in their names do not have.</summary>
/// <param name="Part">A part of the name.</param>
/// <param name="Except">A part that excepts a model; empty: none does.</param>
/// <param name="Refused">Parameters.</param>
public sealed record ModelRule(string Part, string Except, ImmutableArray<string> Refused)
{
    public bool Matches(string model) =>
        model.Contains(Part, StringComparison.OrdinalIgnoreCase) && (Except.Length == 0 || !model.Contains(Except, StringComparison.OrdinalIgnoreCase));
}
