using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Http;
using Bifrost.Simulator.Recording;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Gemini;

/// <summary>Answers requests for generated content, whole or as a stream.</summary>
internal sealed class GenerateHandler(Bill bill, ScriptBook scripts, GateKeeper gates, CallRecorder? recorder, TimeProvider time)
    : OtherDialectHandler(bill, scripts, gates, recorder, time)
{
    private const string Plain = ":generateContent";
    private const string Streamed = ":streamGenerateContent";

    protected override ReadOnlyMemory<byte> ErrorOf(int status, string? message, string? code = null) => GenerateErrors.Of(status, message, code);

    protected override string UnknownModel(string model) => $"models/{model} is not found for API version v1beta, or is not supported for generateContent.";

    protected override ReadOnlyMemory<byte> Whole(Answer answer) => GenerateWriter.Whole(answer);

    protected override async Task StreamAsync(Wire wire, Answer answer, BillLine line)
    {
        using var stream = new GenerateStream(wire, answer, line);
        await stream.RunAsync();
    }

    protected override (int Status, string Message)? Read(HttpRequest http, byte[] body, ChatRequest request, out byte[] message)
    {
        message = [];
        var path = http.Path.Value!;
        path = path[(path.IndexOf(Router.Models, StringComparison.Ordinal) + Router.Models.Length)..];
        request.Stream = path.EndsWith(Streamed, StringComparison.Ordinal);
        if (!request.Stream && !path.EndsWith(Plain, StringComparison.Ordinal)) return (404, "There is no such method.");
        request.Model = path[..path.IndexOf(':', StringComparison.Ordinal)];
        if (request.Stream && http.Query["alt"] != "sse") return (400, "The simulator streams with alt=sse alone.");
        var inCloud = http.Path.Value!.StartsWith(Router.Cloud, StringComparison.Ordinal);
        var hasProject = inCloud && http.Path.Value.StartsWith(Router.Cloud + "projects/", StringComparison.Ordinal);
        if (!hasProject && http.Headers["x-goog-api-key"].Count == 0) return (403, "Method doesn't allow unregistered callers. Please use API Key.");
        if (hasProject && http.Headers.Authorization.ToString() == "Bearer stale") return (401, "Request had invalid authentication credentials.");
        if (hasProject && !http.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal)) return (401, "Login Required.");
        if (http.ContentType?.StartsWith(Json, StringComparison.Ordinal) != true) return (400, "The content type must be application/json.");
        try
        {
            using var json = JsonDocument.Parse(body);
            if (RequestChecker.Check(json.RootElement, request.Model, inCloud) is { } fault) return (400, fault);
            message = ReadBody(json.RootElement, request);
            return null;
        }
        catch (JsonException e)
        {
            return (400, "Invalid JSON payload received. " + e.Message);
        }
    }

    /// <summary>Answers what the user said last.</summary>
    private static byte[] ReadBody(JsonElement root, ChatRequest request)
    {
        var contents = root.GetProperty("contents");
        request.MessagesBytes = Encoding.UTF8.GetByteCount(contents.GetRawText());
        if (root.TryGetProperty("generationConfig", out var config))
        {
            if (config.TryGetProperty("maxOutputTokens", out var limit)) request.OutputTokensMax = limit.GetInt32();
            if (config.TryGetProperty("candidateCount", out var count)) request.Choices = count.GetInt32();
            request.Logprobs = config.TryGetProperty("responseLogprobs", out var logprobs) && logprobs.GetBoolean();
        }

        if (root.TryGetProperty("tools", out var tools))
        {
            foreach (var tool in tools.EnumerateArray())
                if (tool.TryGetProperty("functionDeclarations", out var functions))
                    request.Tools.AddRange(functions.EnumerateArray().Select(function => function.GetProperty("name").GetString()!));
        }

        if (root.TryGetProperty("toolConfig", out var toolConfig))
        {
            var calling = toolConfig.GetProperty("functionCallingConfig");
            request.ToolChoice = calling.GetProperty("mode").GetString() switch
            {
                "ANY" => ToolChoice.Required, "NONE" => ToolChoice.None, _ => ToolChoice.Auto,
            };
            if (calling.TryGetProperty("allowedFunctionNames", out var names) && names.GetArrayLength() == 1) request.NamedTool = names[0].GetString();
        }

        var last = "";
        foreach (var content in contents.EnumerateArray())
        {
            if (content.GetProperty("role").GetString() != "user") continue;
            var texts = content.GetProperty("parts").EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : null);
            var said = string.Concat(texts);
            if (said.Length > 0) last = said;
        }

        return Encoding.UTF8.GetBytes(last);
    }
}
