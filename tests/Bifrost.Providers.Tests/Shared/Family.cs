namespace Bifrost.Providers.Tests.Shared;

/// <summary>The OpenAI-style providers whose deviations are known.</summary>
internal static class Family
{
    public static readonly string[] Names =
    [
        "openai", "mistral", "groq", "xai", "deepseek", "together", "fireworks", "openrouter", "cerebras", "nebius", "ollama", "vllm", "sgl", "perplexity",
    ];
}
