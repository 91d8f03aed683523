using System.Collections.Frozen;

namespace Bifrost.Providers.OpenAi;

/// <summary>The well-known OpenAI-style providers. A name that is not here is a custom one and takes <see cref="Custom"/>.</summary>
public static class OpenAiProfiles
{
    /// <summary>Plain OpenAI conventions; the base URL comes from the configuration.</summary>
    public static readonly OpenAiProfile Custom = new() { Name = "" };

    /// <summary>By provider name.</summary>
    public static readonly FrozenDictionary<string, OpenAiProfile> All = new OpenAiProfile[]
    {
        new() { Name = "openai", BaseUrl = "https://api.openai.com" },
        new() { Name = "groq", BaseUrl = "https://api.groq.com/openai" },
        new() { Name = "mistral", BaseUrl = "https://api.mistral.ai", AskStreamUsage = false },
        new() { Name = "together", BaseUrl = "https://api.together.xyz" },
        new() { Name = "openrouter", BaseUrl = "https://openrouter.ai/api" },
        new() { Name = "deepseek", BaseUrl = "https://api.deepseek.com" },
        new() { Name = "xai", BaseUrl = "https://api.x.ai" },
        new() { Name = "cerebras", BaseUrl = "https://api.cerebras.ai" },
        new() { Name = "fireworks", BaseUrl = "https://api.fireworks.ai/inference" },
        new() { Name = "perplexity", BaseUrl = "https://api.perplexity.ai", ChatPath = "/chat/completions", AskStreamUsage = false },
        new() { Name = "nebius", BaseUrl = "https://api.studio.nebius.com" },
        new() { Name = "parasail", BaseUrl = "https://api.parasail.io" },
        new() { Name = "deepinfra", BaseUrl = "https://api.deepinfra.com", ChatPath = "/v1/openai/chat/completions" },
        new() { Name = "sambanova", BaseUrl = "https://api.sambanova.ai" },
        new() { Name = "nvidia", BaseUrl = "https://integrate.api.nvidia.com" },
        new() { Name = "moonshot", BaseUrl = "https://api.moonshot.ai" },
        new() { Name = "huggingface", BaseUrl = "https://router.huggingface.co" },
        new() { Name = "ollama", BaseUrl = "http://localhost:11434", NeedsKey = false },
        new() { Name = "vllm", BaseUrl = "http://localhost:8000", NeedsKey = false },
        new() { Name = "sgl", BaseUrl = "http://localhost:30000", NeedsKey = false },
    }.ToFrozenDictionary(profile => profile.Name, StringComparer.Ordinal);

    /// <summary>The profile of a provider's name; never null.</summary>
    public static OpenAiProfile Find(string provider) => All.GetValueOrDefault(provider) ?? Custom;
}
