using System.Text.Json;

namespace Bifrost.Simulator.Gemini;

/// <summary>Checks tools and the choice among them.</summary>
internal static class ToolChecker
{
    private static readonly string[] s_own = ["googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "googleMaps", "fileSearch"];

    public static bool HasFunctions(JsonElement root) =>
        root.TryGetProperty("tools", out var tools) && tools.EnumerateArray().Any(tool => tool.TryGetProperty("functionDeclarations", out _));

    public static string? Check(JsonElement root, string model)
    {
        var hasTools = root.TryGetProperty("tools", out var tools);
        if (hasTools && (tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0)) return "tools: must be a list of at least one";
        if (!hasTools) return root.TryGetProperty("toolConfig", out _) ? "Function calling config is set without function_declarations." : null;
        var own = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (RequestChecker.Unknown(tool, "tools", ["functionDeclarations", .. s_own]) is { } unknown) return unknown;
            if (!tool.TryGetProperty("functionDeclarations", out var functions))
            {
                own++;
                continue;
            }

            foreach (var function in functions.EnumerateArray())
                if (Function(function, model) is { } fault) return fault;
        }

        if (own > 0 && HasFunctions(root) && RequestChecker.IsOld(model)) return "Tool use with function calling is unsupported";
        return Choice(root, own > 0);
    }

    private static string? Function(JsonElement function, string model)
    {
        const string Path = "tools[0].function_declarations[0]";
        if (RequestChecker.Unknown(function, Path, "name", "description", "parameters", "parametersJsonSchema") is { } unknown) return unknown;
        var name = RequestChecker.Text(function, "name");
        var isRight = name is { Length: > 0 and <= 64 } && (char.IsAsciiLetter(name[0]) || name[0] == '_')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-');
        if (!isRight) return $"Invalid function name: {name}. Must start with a letter or an underscore.";
        if (function.TryGetProperty("parameters", out var open))
            return open.EnumerateObject().Any()
                ? SchemaChecker.Open(open, Path + ".parameters")
                : $"{Path}.parameters.properties: should be non-empty for OBJECT type";
        if (!function.TryGetProperty("parametersJsonSchema", out var schema)) return null;
        return model.Contains("gemini-2.0", StringComparison.Ordinal) ? "parameters_json_schema is not supported by this model"
            : SchemaChecker.Json(schema, Path + ".parameters_json_schema");
    }

    private static string? Choice(JsonElement root, bool besideOwn)
    {
        if (!root.TryGetProperty("toolConfig", out var config))
            return besideOwn && HasFunctions(root) ? "Built-in tools beside functions need includeServerSideToolInvocations." : null;
        if (!HasFunctions(root)) return "Function calling config is set without function_declarations.";
        if (RequestChecker.Unknown(config, "tool_config", "functionCallingConfig", "includeServerSideToolInvocations") is { } unknown) return unknown;
        var calling = config.GetProperty("functionCallingConfig");
        if (RequestChecker.Unknown(calling, "tool_config.function_calling_config", "mode", "allowedFunctionNames") is { } odd) return odd;
        var mode = RequestChecker.Text(calling, "mode");
        if (mode is not ("AUTO" or "ANY" or "NONE" or "VALIDATED")) return "Invalid value at 'tool_config.function_calling_config.mode'";
        if (!calling.TryGetProperty("allowedFunctionNames", out var names)) return null;
        if (mode is not ("ANY" or "VALIDATED")) return "Allowed function names should only be set when the mode is ANY or VALIDATED.";
        var known = root.GetProperty("tools").EnumerateArray().Where(tool => tool.TryGetProperty("functionDeclarations", out _))
            .SelectMany(tool => tool.GetProperty("functionDeclarations").EnumerateArray())
            .Select(function => function.GetProperty("name").GetString()).ToHashSet();
        return names.EnumerateArray().All(name => known.Contains(name.GetString())) ? null : "Allowed function names must be among the declared ones.";
    }
}
