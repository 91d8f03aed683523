using System.Collections.Frozen;
using Bifrost.Catalog.Model;

namespace Bifrost.Providers.OpenAi;

/// <summary>The well-known OpenAI-style providers. A name that is not here is a custom one and takes <see cref="Custom"/>.</summary>
public static class OpenAiProfiles
{
    /// <summary>Plain OpenAI conventions; the base URL comes from the configuration.</summary>
    public static readonly OpenAiProfile Custom = new() { Name = "" };

    /// <summary>By provider name.</summary>
    public static readonly FrozenDictionary<string, OpenAiProfile> All = new OpenAiProfile[]
    {
        new()
        {
            Name = "openai", BaseUrl = "https://api.openai.com",

            // The professional models have no chat completions; later ones take tools there only without thinking, or never.
            ModelDialects =
            [
                .. Responses(ToolEffort.Any, "o1-pro", "o3-pro", "gpt-5-pro", "gpt-5.2-pro", "gpt-5.4-pro", "gpt-5.5-pro"),
                .. Responses(ToolEffort.Some, "gpt-5.4"),
                .. Responses(ToolEffort.Some | ToolEffort.Unsaid, "gpt-5.6", "gpt-6-sol", "gpt-6-luna"),
                .. Responses(ToolEffort.Some | ToolEffort.Unsaid | ToolEffort.None, "gpt-6-astra", "gpt-6.1-", "gpt-6.2-"),
            ],
        },
        new()
        {
            Name = "groq", BaseUrl = "https://api.groq.com/openai",
            Request = new()
            {
                Refused = Set("n", "logprobs", "top_logprobs", "logit_bias"), Hints = Set("store", "metadata"),
                ByModel = [new("llama", "", ["reasoning_effort", "reasoning_format", "include_reasoning"])],
                MessageFields = Set("role", "content", "tool_calls", "tool_call_id"),
            },
        },
        new()
        {
            Name = "mistral", BaseUrl = "https://api.mistral.ai", AskStreamUsage = false,
            Request = new()
            {
                Refused = Set("logprobs", "top_logprobs", "logit_bias", "store", "service_tier", "verbosity"), Hints = Set("stream_options", "user"),
                Renamed = Map(("seed", "random_seed")), MessageFields = Set("role", "content", "tool_calls", "tool_call_id", "name", "prefix"),
                DeveloperIsSystem = true, CallIdLength = 9,
            },
            Answer = new() { HasContentParts = true, HasBareCalls = true, FinishReasons = [new("model_length", "length")] },
        },
        new()
        {
            Name = "together", BaseUrl = "https://api.together.xyz",
            Request = new() { LogprobsAreCount = true },
            Answer = new() { FinishReasons = [new("eos", "stop")] },
        },
        new() { Name = "openrouter", BaseUrl = "https://openrouter.ai/api" },
        new()
        {
            Name = "deepseek", BaseUrl = "https://api.deepseek.com",
            Request = new()
            {
                Refused = Set("seed", "n", "parallel_tool_calls", "logprobs", "top_logprobs"), ReasoningField = "reasoning_content", ReasoningIsDue = true,
                RefusesSchema = true, RefusesForcedToolsOfThinking = true,
            },
        },
        new()
        {
            Name = "xai", BaseUrl = "https://api.x.ai",
            Request = new()
            {
                ByModel =
                [
                    new("grok-", "non-reasoning", ["stop", "presence_penalty", "frequency_penalty"]),
                    new("grok-4.20", "multi-agent", ["reasoning_effort"]),
                ],
            },
        },
        new()
        {
            Name = "cerebras", BaseUrl = "https://api.cerebras.ai",
            Request = new()
            {
                Refused = Set("frequency_penalty", "presence_penalty", "logit_bias", "n"), ReasoningField = "reasoning",
                MessageFields = Set("role", "content", "name", "tool_calls", "tool_call_id", "reasoning"),
            },
        },
        new()
        {
            Name = "fireworks", BaseUrl = "https://api.fireworks.ai/inference",
            Request = new()
            {
                Renamed = Map(("prompt_cache_key", "user")), Efforts = Map(("minimal", "low")), ReasoningField = "reasoning_content",
                MessageFields = Set("role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content"),
            },
        },
        new()
        {
            Name = "perplexity", BaseUrl = "https://api.perplexity.ai", ChatPath = "/chat/completions", AskStreamUsage = false,
            Request = new()
            {
                Refused = Set("stop", "seed", "n", "logprobs", "top_logprobs", "logit_bias", "tools", "tool_choice", "parallel_tool_calls"),
                Hints = Set("stream_options"),
            },
        },
        new()
        {
            Name = "nebius", BaseUrl = "https://api.tokenfactory.nebius.com",
            Request = new() { ReasoningField = "reasoning_content" }, Answer = new() { HasBareCalls = true },
        },
        new() { Name = "parasail", BaseUrl = "https://api.parasail.io" },
        new() { Name = "deepinfra", BaseUrl = "https://api.deepinfra.com", ChatPath = "/v1/openai/chat/completions" },
        new() { Name = "sambanova", BaseUrl = "https://api.sambanova.ai" },
        new() { Name = "nvidia", BaseUrl = "https://integrate.api.nvidia.com" },
        new() { Name = "moonshot", BaseUrl = "https://api.moonshot.ai" },
        new() { Name = "huggingface", BaseUrl = "https://router.huggingface.co" },
        new()
        {
            // What it passes over in silence is refused here.
            Name = "ollama", BaseUrl = "http://localhost:11434", NeedsKey = false,
            Request = new()
            {
                Refused = Set("tool_choice", "parallel_tool_calls", "n", "logit_bias"), Hints = Set("user"), ReasoningField = "reasoning",
            },
        },
        new() { Name = "vllm", BaseUrl = "http://localhost:8000", NeedsKey = false, Answer = new() { HasBareCalls = true } },
        new()
        {
            Name = "sgl", BaseUrl = "http://localhost:30000", NeedsKey = false,
            Request = new() { ReasoningField = "reasoning_content" }, Answer = new() { HasBareCalls = true },
        },
    }.ToFrozenDictionary(profile => profile.Name, StringComparer.Ordinal);

    /// <summary>The profile of a provider's name; never null.</summary>
    public static OpenAiProfile Find(string provider) => All.GetValueOrDefault(provider) ?? Custom;

    private static IEnumerable<ModelDialect> Responses(ToolEffort when, params string[] names) =>
        names.Select(name => new ModelDialect(name, "responses", when));

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    private static FrozenDictionary<string, string> Map(params (string From, string To)[] words) =>
        words.ToFrozenDictionary(static word => word.From, static word => word.To, StringComparer.Ordinal);
}
