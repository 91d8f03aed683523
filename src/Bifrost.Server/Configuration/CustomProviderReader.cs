using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>What <c>custom_provider_config</c> says; null where it says nothing.</summary>
internal readonly record struct CustomProvider(string? Dialect, bool? Keyless);

/// <summary>Reads <c>custom_provider_config</c>. What would need another wire behaviour than the dialect has is refused, not ignored.</summary>
internal static class CustomProviderReader
{
    public static CustomProvider Read(Section? section)
    {
        if (section is null) return default;
        var dialect = section.RequiredText("base_provider_type");
        if (section.Object("allowed_requests") is { } requests)
        {
            if (requests.Flag("chat_completion") == false)
                requests.Error("chat_completion", "is false, and chat completions are all that is served; remove the provider or set it to true");
            foreach (var name in requests.Names()) requests.Flag(name);
        }

        if (section.Object("request_path_overrides") is { } paths && paths.Names().Any())
            section.Error("request_path_overrides", "is not supported; put the address before /v1/chat/completions into network_config.base_url");
        if (section.Flag("does_not_send_done_marker") == true)
            section.Error("does_not_send_done_marker", "is true; a stream without its end mark cannot be told from a cut one, and is refused here");
        section.Unused("wait_for_usage");
        var keyless = section.Flag("is_key_less");
        section.Silent("custom_provider_key");
        section.End();
        return new CustomProvider(dialect.Length == 0 ? "openai" : dialect, keyless);
    }
}
