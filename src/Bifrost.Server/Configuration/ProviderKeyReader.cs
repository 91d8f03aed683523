using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>Reads the <c>keys</c> of a provider.</summary>
internal static class ProviderKeyReader
{
    /// <summary>The keys, and the address that a key of a self-hosted upstream brings along.</summary>
    public static (List<ProviderKey> Keys, Uri? BaseUrl) Read(string provider, string? dialect, Section section)
    {
        var keys = new List<ProviderKey>();
        Uri? baseUrl = null;
        foreach (var one in section.Objects("keys"))
        {
            foreach (var hosted in (ReadOnlySpan<string>)["ollama_key_config", "vllm_key_config", "sgl_key_config"])
            {
                if (one.Object(hosted) is not { } place) continue;
                var url = NetworkReader.ReadBaseUrl(place, "url");
                place.Unused("model_name");
                place.End();
                if (baseUrl is not null && url is not null && url != baseUrl)
                    place.Error("url", $"is {url}, and another key of {provider} has {baseUrl}; a provider has one address: make two providers");
                baseUrl ??= url;
            }

            var azure = dialect == KnownProviders.Azure ? AzureKeyReader.Read(one) : null;
            baseUrl ??= azure?.Endpoint;
            var key = ReadOne(provider, one, keys.Count, needsValue: baseUrl is null || azure is { Client: null }, azure is not null) with { Azure = azure };
            if (keys.Find(other => string.Equals(other.Id, key.Id, StringComparison.OrdinalIgnoreCase)) is { } twin)
            {
                var inCase = twin.Id == key.Id ? "" : $" as \"{twin.Id}\", and ids ignore case";
                one.Error("id", $"is \"{key.Id}\", which another key of {provider} has{inCase}; give each its own id or name");
            }

            keys.Add(key);
        }

        return (keys, baseUrl);
    }

    private static ProviderKey ReadOne(string provider, Section section, int index, bool needsValue, bool isAzure)
    {
        var value = section.Secret("value");
        var vertex = VertexKeyReader.Read(section.Object("vertex_key_config"), value is not null, out var credential);
        if (needsValue && vertex is null && !section.Has("value"))
            section.Error("value", "is missing; write \"env.NAME_OF_A_VARIABLE\"");
        if (value is not null && value.StartsWith("sk-bf-", StringComparison.OrdinalIgnoreCase))
            section.Error("value", "is a virtual key; a provider's own key stands here");
        if (value is not null && (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange('!', '~')))
            section.Error("value", "is empty or has characters that a header cannot carry, such as a space or a line end");
        var name = section.Text("name");
        var id = section.Id("id") ?? name ?? $"{provider}-{index + 1}";
        var key = new ProviderKey
        {
            Id = id,
            Name = name ?? id,
            Value = credential ?? value ?? "",
            Vertex = vertex,
            Models = NameListReader.Read(section, "models") ?? NameList.All,
            BlacklistedModels = NameListReader.Read(section, "blacklisted_models", emptyMayMeanAll: false) ?? NameList.None,
            Weight = (double)(section.Number("weight", 0, 1_000_000) ?? 1),
            Enabled = section.Flag("enabled") ?? true,
        };
        if (!isAzure) section.Unused("aliases", "azure_key_config");
        section.Unused("use_for_batch_api", "bedrock_key_config", "bedrock_mantle_key_config",
            "huggingface_key_config", "replicate_key_config", "use_anthropic_endpoint");
        section.Silent("config_hash", "status", "description");
        section.End();
        return key;
    }
}
