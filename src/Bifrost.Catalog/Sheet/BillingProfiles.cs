using System.Collections.Frozen;
using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Sheet;

/// <summary>
/// How providers bill, by provider name, as far as prices do not say it. A provider that is not here is unknown: its upstreams may run on when
/// a connection closes, and of the fields beyond the contract's table it has the harmless ones of sampling.
/// </summary>
public static class BillingProfiles
{
    /// <summary>
    /// Fields that choose among tokens, or name a schema that is counted apart. None of them adds content, runs a tool or another model, or
    /// raises the number of answers.
    /// </summary>
    private static readonly string[] s_sampling =
        ["top_k", "top_a", "min_p", "typical_p", "repetition_penalty", "functions", "function_call", "verbosity", "metadata"];

    // What servers of open models take beside: constraints of the output, and templates' own switches, whose text is counted.
    private static readonly string[] s_openModels =
    [
        "chat_template_kwargs", "stop_token_ids", "ignore_eos", "min_tokens", "skip_special_tokens", "spaces_between_special_tokens",
        "include_stop_str_in_output", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar", "reasoning",
        "include_reasoning", "prompt_logprobs", "return_token_ids",
    ];

    // What filters let through, and names of the user.
    private static readonly string[] s_google = ["safety_settings", "safetySettings", "safety_identifier", "prompt_cache_key"];

    /// <summary>gpt-4o-search-preview, gpt-5-search-api.</summary>
    private static readonly ImmutableArray<string> s_searching = ["-search"];

    // Absent on purpose: web_search_options, audio, modalities, prediction, prompt_cache_retention and prompt_cache_options (dearer cache
    // writes), models, route, plugins, provider, preset (another model), search_parameters, best_of, echo, documents, background.
    private static readonly FrozenDictionary<string, BillingProfile> s_byName = new Dictionary<string, BillingProfile>(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = Of(ClosingRule.Stops, "store", "safety_identifier", "prompt_cache_key") with
        {
            HasServiceTier = true,
            SearchingModels = s_searching,
        },
        ["azure"] = Of(ClosingRule.Stops, "store", "safety_identifier", "prompt_cache_key") with { SearchingModels = s_searching },
        ["groq"] = Of(ClosingRule.RunsOn, "reasoning_format", "include_reasoning", "disable_tool_validation") with
        {
            HasServiceTier = true,
            SearchingModels = ["compound"],
        },
        ["anthropic"] = Of(ClosingRule.Stops, "thinking", "cache_control", "safety_identifier", "prompt_cache_key"),
        ["xai"] = Of(ClosingRule.Stops, "parallel_function_calling"),
        ["deepseek"] = Of(ClosingRule.Stops, "thinking") with { LimitIsMaxTokens = true },
        ["together"] = Of(ClosingRule.Stops, "context_length_exceeded_behavior", "reasoning", "chat_template_kwargs") with { LimitIsMaxTokens = true },
        ["fireworks"] = Of(
            ClosingRule.Stops, "context_length_exceeded_behavior", "prompt_truncate_len", "perf_metrics_in_response", "ignore_eos", "raw_output",
            "thinking", "reasoning_history", "prompt_cache_key"),
        ["cohere"] = Of(ClosingRule.Stops) with { LimitIsMaxTokens = true },
        ["mistral"] = Of(ClosingRule.RunsOn, "random_seed", "prompt_cache_key") with { LimitIsMaxTokens = true },
        ["cerebras"] = Of(ClosingRule.RunsOn, "reasoning_format"),
        ["nebius"] = Of(ClosingRule.RunsOn, s_openModels) with { LimitIsMaxTokens = true },
        ["perplexity"] = Of(
            ClosingRule.RunsOn, "search_domain_filter", "search_recency_filter", "search_after_date_filter", "search_before_date_filter",
            "last_updated_after_filter", "last_updated_before_filter", "language_preference", "stream_mode", "disable_search") with
        {
            LimitIsMaxTokens = true,
            SearchingModels = [""],
        },
        ["gemini"] = Of(ClosingRule.RunsOn, s_google) with { LimitIsMaxTokens = true, UnnamedTierIsPlain = true },
        ["vertex"] = Of(ClosingRule.RunsOn, s_google) with { LimitIsMaxTokens = true, UnnamedTierIsPlain = true },
        ["openrouter"] = Of(ClosingRule.RunsOn, "reasoning", "include_reasoning", "usage", "session_id", "structured_outputs", "transforms") with
        {
            // Stored settings with a model of their own; searches beside the model; the cheapest or the fastest upstream, each with another price;
            // routers of other makers.
            UnboundParts = ["@preset", ":online", ":nitro", ":floor", ":exacto", "-router"],

            // Models that run others: one of its choice, or several for one answer.
            UnboundNames = ["auto", "fusion", "bodybuilder", "pareto", "switchyard"],
            OwnVendor = "openrouter",
            SearchingModels = ["perplexity/", "-search"],
        },
        // The simulator knows both names of the output limit.
        ["sim"] = Of(ClosingRule.RunsOn),
        ["ollama"] = Of(ClosingRule.Free, "reasoning", "keep_alive") with { LimitIsMaxTokens = true },
        ["vllm"] = Of(ClosingRule.Free, [.. s_openModels, "thinking_token_budget", "request_id", "priority", "cache_salt"]),
        ["sgl"] = Of(ClosingRule.Free, [.. s_openModels, "separate_reasoning", "stream_reasoning", "regex", "ebnf", "json_schema", "rid"]),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is known of a provider by its name alone.</summary>
    public static BillingProfile Find(string provider) => s_byName.GetValueOrDefault(provider) ?? s_unknown;

    /// <summary>The service tier of calls that name none, as the provider calls it.</summary>
    public static string DefaultTierOf(string provider) =>
        string.Equals(provider, "groq", StringComparison.OrdinalIgnoreCase) ? "on_demand" : "default";

    // Servers of older versions know max_tokens alone; a limit under the newer name would bind nothing there.
    private static readonly BillingProfile s_unknown = Of(ClosingRule.RunsOn) with { LimitIsMaxTokens = true, SearchingModels = [""] };

    private static BillingProfile Of(ClosingRule closing, params string[] freeFields) => new()
    {
        Closing = closing,
        SearchingModels = [],
        FreeFields = s_sampling.Concat(freeFields).ToFrozenSet(StringComparer.Ordinal),
    };
}
