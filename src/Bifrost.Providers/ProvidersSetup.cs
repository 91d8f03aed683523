using Bifrost.Calls.Dispatch;
using Bifrost.Providers.Anthropic;
using Bifrost.Providers.Azure;
using Bifrost.Providers.Gemini;
using Bifrost.Providers.OpenAi;
using Bifrost.Providers.Responses;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Providers;

/// <summary>Registers the dialects. Needs a <see cref="TimeProvider"/> in the container.</summary>
public static class ProvidersSetup
{
    public static IServiceCollection AddProviders(this IServiceCollection services) => services
        .AddSingleton(new ProviderLimits())
        .AddSingleton<IDialect, OpenAiDialect>()
        .AddSingleton<IDialect, AnthropicDialect>()
        .AddSingleton<IDialect, AzureDialect>()
        .AddSingleton<IDialect, GeminiDialect>()
        .AddSingleton<IDialect, ResponsesDialect>()
        .AddSingleton<IDialect, VertexDialect>();
}
