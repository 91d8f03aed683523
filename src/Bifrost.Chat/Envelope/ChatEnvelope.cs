using Bifrost.Chat.Edits;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Envelope;

/// <summary>
/// One chat completion request as far as the gateway reads it (contract section 3): checked, never turned into a tree. The body is
/// carried as bytes; what a target needs changed is a list of edits.
/// </summary>
public sealed class ChatEnvelope
{
    internal readonly ChatFacts Facts;

    internal ChatEnvelope(ReadOnlyMemory<byte> body, in ChatFacts facts)
    {
        Body = body;
        Facts = facts;
        Model = facts.Model!;
        Fallbacks = facts.Fallbacks.IsDefault ? [] : facts.Fallbacks;
    }

    /// <summary>The caller's body without its byte order mark; edits count from here.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>As the caller named it: <c>provider/model</c> or bare; printable ASCII.</summary>
    public string Model { get; }

    public bool Stream => Facts.Stream;

    /// <summary><c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage => Facts.IncludeUsage;

    /// <summary>The larger of <c>max_completion_tokens</c> and <c>max_tokens</c>; 0 when neither is set.</summary>
    public int OutputTokensMax => Math.Max(Facts.MaxTokens, Facts.MaxCompletionTokens);

    /// <summary>The larger of <c>n</c> and <c>best_of</c>, at least 1.</summary>
    public int Choices => Facts.Choices;

    /// <summary>True when more choices are written than answered with (<c>best_of</c> above <c>n</c>).</summary>
    public bool HidesChoices => Facts.Choices > Facts.ShownChoices;

    /// <summary>What the request sends, counted.</summary>
    public RequestContent Content => Facts.Content!;

    /// <summary>Bytes inside its strings: what tokens per byte are learned from.</summary>
    public int PromptBytes => Content.StringBytes;

    /// <summary>Each <c>provider/model</c>, in the caller's order.</summary>
    public ImmutableArray<string> Fallbacks { get; }

    /// <summary>
    /// Reads and checks a body in one pass. Whatever is wrong with it is an error of status 400 with the field in
    /// <see cref="GatewayError.Param"/>; nothing is thrown.
    /// </summary>
    /// <param name="deployment">The model named by the path (Azure's form); it wins over the body's, which may then be absent.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> body,
        ChatLimits limits,
        out ChatEnvelope? envelope,
        out GatewayError? error,
        string? deployment = null)
    {
        if (body.Span.StartsWith("\uFEFF"u8)) body = body["\uFEFF"u8.Length..];
        error = ChatParser.Parse(body.Span, limits, deployment, out var facts);
        envelope = error is null ? new ChatEnvelope(body, facts) : null;
        return error is null;
    }

    /// <summary>What must change in <see cref="Body"/> on its way to a target, ordered by offset.</summary>
    public ImmutableArray<Edit> EditsFor(in UpstreamShape shape) => ChatEdits.For(this, shape);
}
