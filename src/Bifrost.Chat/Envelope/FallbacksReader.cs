using System.Text.Json;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>Reads <c>fallbacks</c> (contract section 3): strings <c>provider/model</c> or objects <c>{provider, model}</c>.</summary>
internal static class FallbacksReader
{
    public static GatewayError? Read(ref Utf8JsonReader reader, FieldRule rule, ChatLimits limits, out ImmutableArray<string> fallbacks)
    {
        fallbacks = [];
        if (reader.TokenType != JsonTokenType.StartArray) return BodyFaults.Wrong(rule.Name, rule.Right, reader);
        var list = ImmutableArray.CreateBuilder<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (list.Count == limits.FallbacksMax)
                return GatewayErrors.BadField(rule.Name, $"`{rule.Name}` has more than {limits.FallbacksMax} entries; name fewer.");
            if (ReadOne(ref reader, $"{rule.Name}[{list.Count}]", limits, out var target) is { } fault) return fault;
            list.Add(target);
        }

        fallbacks = list.DrainToImmutable();
        return null;
    }

    private static GatewayError? ReadOne(ref Utf8JsonReader reader, string param, ChatLimits limits, out string target)
    {
        target = "";
        if (reader.TokenType == JsonTokenType.StartObject) return ReadObject(ref reader, param, limits, out target);
        if (reader.TokenType != JsonTokenType.String)
            return BodyFaults.Wrong(param, "a \"provider/model\" string or a {provider, model} object", reader);
        if (ModelName.Read(reader, limits) is not { } name) return ModelName.Fault(param, limits);
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == name.Length - 1) return BodyFaults.Wrong(param, "\"provider/model\"", reader);
        target = name;
        return null;
    }

    private static GatewayError? ReadObject(ref Utf8JsonReader reader, string param, ChatLimits limits, out string target)
    {
        target = "";
        string? provider = null, model = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isProvider = FieldName.Is(reader, "provider"u8);
            if (!isProvider && !FieldName.Is(reader, "model"u8))
                return GatewayErrors.BadField(param, $"`{param}` may hold provider and model, and nothing else; got {BodyFaults.NameOf(reader)}.");
            var name = isProvider ? "provider" : "model";
            if ((isProvider ? provider : model) is not null) return BodyFaults.Twice($"{param}.{name}");

            reader.Read();
            if (reader.TokenType != JsonTokenType.String) return BodyFaults.Wrong($"{param}.{name}", "a string", reader);
            if (ModelName.Read(reader, limits) is not { } text) return ModelName.Fault($"{param}.{name}", limits);
            if (isProvider) provider = text;
            else model = text;
        }

        if (provider is null) return BodyFaults.Missing($"{param}.provider");
        if (model is null) return BodyFaults.Missing($"{param}.model");
        if (provider.Contains('/', StringComparison.Ordinal))
            return GatewayErrors.BadField($"{param}.provider", $"`{param}.provider` must be a provider's name without a slash; got \"{provider}\".");
        target = $"{provider}/{model}";
        return null;
    }
}
