using System.Collections.Frozen;
using System.Text.Json;

namespace Bifrost.Simulator.Http;

/// <summary>
/// Chat completions as OpenAI-style providers take them, below <c>/as/NAME</c> and their own paths: what the provider refuses, or passes over in silence,
/// is refused with its first fault. Then the scripts answer.
/// </summary>
internal static class FamilyGate
{
    private const string Root = "/as/";
    private const string V1 = "/v1/chat/completions";

    private static readonly string[] s_groqMessage = ["role", "content", "tool_calls", "tool_call_id"];

    private static readonly FrozenDictionary<string, Taker> s_takers = new Dictionary<string, Taker>
    {
        ["openai"] = new(V1),
        ["groq"] = new("/openai" + V1) { Not = ["n", "logprobs", "top_logprobs", "logit_bias", "store", "metadata"], Message = s_groqMessage },
        ["mistral"] = new(V1)
        {
            Not = ["seed", "user", "logprobs", "top_logprobs", "logit_bias", "store", "stream_options", "service_tier", "max_completion_tokens", "verbosity"],
            Message = ["role", "content", "tool_calls", "tool_call_id", "name", "prefix"], Roles = ["system", "user", "assistant", "tool"], CallIds = 9,
        },
        ["xai"] = new(V1) { Not = ["stop", "presence_penalty", "frequency_penalty"] },
        ["deepseek"] = new(V1)
        {
            Not = ["seed", "n", "parallel_tool_calls", "logprobs", "top_logprobs", "max_completion_tokens"], NoSchema = true, NeedsReasoning = true,
        },
        ["together"] = new(V1) { LogprobsAreCount = true, Not = ["max_completion_tokens"] },
        ["fireworks"] = new("/inference" + V1) { Message = ["role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content"] },
        ["openrouter"] = new("/api" + V1),
        ["cerebras"] = new(V1)
        {
            Not = ["frequency_penalty", "presence_penalty", "logit_bias", "n"],
            Message = ["role", "content", "name", "tool_calls", "tool_call_id", "reasoning"],
        },
        ["nebius"] = new(V1) { Not = ["max_completion_tokens"] },
        ["ollama"] = new(V1) { Not = ["max_completion_tokens", "tool_choice", "parallel_tool_calls", "n", "logit_bias", "user"], IsKeyless = true },
        ["vllm"] = new(V1) { IsKeyless = true },
        ["sgl"] = new(V1) { IsKeyless = true },
        ["perplexity"] = new("/chat/completions")
        {
            Not =
            [
                "stop", "seed", "n", "logprobs", "top_logprobs", "logit_bias", "tools", "tool_choice", "parallel_tool_calls", "stream_options",
                "max_completion_tokens",
            ],
        },
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool IsOf(string path) => path.StartsWith(Root, StringComparison.Ordinal);

    public static async Task HandleAsync(HttpContext context, ChatHandler chat)
    {
        var path = context.Request.Path.Value![Root.Length..];
        var end = path.IndexOf('/', StringComparison.Ordinal);
        if (end < 0 || !s_takers.TryGetValue(path[..end], out var taker) || path[end..] != taker.Path)
        {
            await Pages.NotFoundAsync(context);
            return;
        }

        var hasKey = context.Request.Headers.Authorization is [{ } token] && token.StartsWith("Bearer ", StringComparison.Ordinal);
        var received = await BodyReader.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        using var json = JsonDocument.Parse(received);
        context.Request.BodyReader.AdvanceTo(received.Start);
        var fault = !hasKey && !taker.IsKeyless ? (401, "no key") : taker.Fault(json.RootElement) is { } words ? (422, words) : default;
        if (fault.Item2 is null)
        {
            await chat.HandleAsync(context);
            return;
        }

        context.Response.StatusCode = fault.Item1;
        await context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["detail"] = fault.Item2 }, context.RequestAborted);
    }

    /// <summary>What one provider takes.</summary>
    private sealed record Taker(string Path)
    {
        public string[] Not { get; init; } = [];
        public string[]? Message { get; init; }
        public string[]? Roles { get; init; }
        public int CallIds { get; init; }
        public bool NoSchema { get; init; }
        public bool NeedsReasoning { get; init; }
        public bool LogprobsAreCount { get; init; }
        public bool IsKeyless { get; init; }

        public string? Fault(JsonElement root)
        {
            foreach (var member in root.EnumerateObject())
                if (Not.Contains(member.Name)) return $"extra_forbidden: {member.Name}";
            if (LogprobsAreCount && root.TryGetProperty("logprobs", out var logprobs) && logprobs.ValueKind != JsonValueKind.Number)
                return "logprobs: is no number";
            if (NoSchema && root.TryGetProperty("response_format", out var format) && format.GetProperty("type").GetString() == "json_schema")
                return "response_format: json_schema";
            var messages = root.GetProperty("messages").EnumerateArray().ToArray();
            var hasCalls = messages.Any(static message => message.TryGetProperty("tool_calls", out _));
            return messages.Select(message => FaultOf(message, hasCalls)).FirstOrDefault(static fault => fault is not null);
        }

        private string? FaultOf(JsonElement message, bool hasCalls)
        {
            var role = message.GetProperty("role").GetString()!;
            if (Roles is not null && !Roles.Contains(role)) return $"role: {role}";
            foreach (var member in message.EnumerateObject())
                if (Message is not null && !Message.Contains(member.Name)) return $"messages: property '{member.Name}' is unsupported";
            if (NeedsReasoning && hasCalls && role == "assistant" && !message.TryGetProperty("reasoning_content", out _))
                return "reasoning_content must be passed back";
            if (CallIds == 0) return null;
            var ids = new List<string?>();
            if (message.TryGetProperty("tool_call_id", out var id)) ids.Add(id.GetString());
            if (message.TryGetProperty("tool_calls", out var calls))
                ids.AddRange(calls.EnumerateArray().Select(static call => call.GetProperty("id").GetString()));
            return ids.All(one => one?.Length == CallIds && one.All(char.IsAsciiLetterOrDigit))
                ? null : $"Tool call id must be a-z, A-Z, 0-9, with a length of {CallIds}";
        }
    }
}
