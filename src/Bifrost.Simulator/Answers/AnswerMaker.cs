using System.Text;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Applies a script to a request: token limits, tool choice, and the usage that follows.</summary>
internal static class AnswerMaker
{
    /// <summary>What a greedy model writes where the request names no limit.</summary>
    private const int GreedyTokensMax = 16_384;

    /// <summary>The arguments of every tool call.</summary>
    public const string ToolArguments = """{"query":"simulated"}""";

    public static Answer Make(Script script, ChatRequest request, Text text, string idStem, long created)
    {
        var tools = ToolsToCall(script, request);
        var most = script.Unlimited ? int.MaxValue : request.OutputTokensMax;
        var reasoning = Math.Min(script.ReasoningTokens, most);
        var said = most == int.MaxValue ? text : text.CutTo(BytesOf(most - reasoning));
        var isCut = said.Utf8.Length < text.Utf8.Length;
        return new Answer
        {
            Script = script,
            Request = request,
            IdStem = idStem,
            Created = created,
            Text = said,
            ToolCalls = tools,
            FinishReason = tools.Length > 0 ? "tool_calls" : isCut ? "length" : script.FinishReason,
            Usage = UsageOf(script, request, said, tools, reasoning, most),
        };
    }

    private static Usage UsageOf(Script script, ChatRequest request, Text said, string[] tools, int reasoning, int most)
    {
        var bytes = said.Utf8.Length;
        if (tools.Length > 0) bytes = tools.Sum(name => Encoding.UTF8.GetByteCount(name) + ToolArguments.Length);
        var prompt = script.PromptTokens >= 0 ? script.PromptTokens : script.Greedy ? request.BodyBytes : Tokens.Of(request.MessagesBytes);
        var completion = script.CompletionTokens >= 0 ? script.CompletionTokens : Clamp((long)request.Choices * (Tokens.Of(bytes) + reasoning));
        if (script.Greedy) completion = Clamp((long)request.Choices * Math.Min(most, GreedyTokensMax));
        completion = Math.Min(completion, Clamp((long)most * request.Choices));
        var ofReasoning = Math.Min(completion, Clamp((long)reasoning * request.Choices));
        return new Usage(prompt, completion, Math.Min(prompt, script.CachedTokens), ofReasoning);
    }

    private static string[] ToolsToCall(Script script, ChatRequest request)
    {
        var isAsked = script.ToolCalls > 0 || request.ToolChoice == ToolChoice.Required;
        if (!isAsked || request.Tools.Count == 0 || request.ToolChoice == ToolChoice.None) return [];
        if (request.NamedTool is { } named) return [named];
        var calls = new string[Math.Max(1, script.ToolCalls)];
        for (var i = 0; i < calls.Length; i++) calls[i] = request.Tools[i % request.Tools.Count];
        return calls;
    }

    private static int BytesOf(int tokens) => Clamp((long)tokens * Tokens.BytesEach);

    private static int Clamp(long value) => (int)Math.Min(value, int.MaxValue);
}
