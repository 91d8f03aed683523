using Bifrost.Catalog.Json;

namespace Bifrost.Server.Configuration;

/// <summary>What <c>custom_provider_config</c> says; null where it says nothing.</summary>
internal readonly record struct CustomProvider(string? Dialect, bool? Keyless)
{
    /// <summary>Path or address of chat completions in place of the usual one.</summary>
    public string? ChatPath { get; init; }

    /// <summary>The same for streams.</summary>
    public string? StreamPath { get; init; }

    public bool EndsWithoutMark { get; init; }
}

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

        var paths = section.Object("request_path_overrides");
        var chatPath = PathOf(paths, "chat_completion");
        var streamPath = PathOf(paths, "chat_completion_stream");
        foreach (var other in paths?.Names().Where(name => name is not ("chat_completion" or "chat_completion_stream")) ?? [])
            paths!.Warn(other, "is accepted and has no effect here");
        var endsWithoutMark = section.Flag("does_not_send_done_marker") ?? false;
        section.Unused("wait_for_usage");
        var keyless = section.Flag("is_key_less");
        section.Silent("custom_provider_key");
        section.End();
        return new CustomProvider(dialect.Length == 0 ? "openai" : dialect, keyless)
        {
            ChatPath = chatPath, StreamPath = streamPath, EndsWithoutMark = endsWithoutMark,
        };
    }

    /// <summary>A path below the provider's address, or a whole address.</summary>
    private static string? PathOf(Section? section, string name)
    {
        if (section?.Text(name) is not { Length: > 0 } path) return null;
        if (path.StartsWith('/')) return path;
        if (Uri.TryCreate(path, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0) return path;
        section.Error(name, $"is \"{path}\"; a path such as \"/v2/chat/completions\" or a whole address stands here");
        return null;
    }
}
