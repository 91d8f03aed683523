using System.Collections.Immutable;

namespace Bifrost.Simulator.Scripts;

/// <summary>
/// The language of model names. A name is <c>sim</c> and clauses behind it, parted by hyphens, in any order:
/// <c>sim-1kb-delay-200ms-cut-after-3</c>. An unknown clause makes it an unknown model (404); a name that does not begin with <c>sim</c> gives the
/// fixed answer. Durations are <c>20ms</c> or <c>2s</c>, sizes <c>64b</c>, <c>1kb</c>, <c>4mb</c>. "After n" counts content chunks; a plain answer
/// breaks in its middle instead. This list is what <c>GET /v1/models</c> shows.
/// </summary>
internal static class ModelGuide
{
    /// <param name="Clause">The clause with its parameters.</param>
    /// <param name="Example">A whole model name that uses it.</param>
    /// <param name="Description">What it promises.</param>
    internal sealed record Entry(string Clause, string Example, string Description);

    public static ImmutableArray<Entry> Entries { get; } =
    [
        // What is said.
        new("", "sim", "The same sentence, always."),
        new("echo", "sim-echo", "The text of the last user message."),
        new("asked", "sim-asked", "What the model answers whose name is the first word of the last user message, and nothing else of this name."),
        new("<size>", "sim-1kb", "Numbered words, exactly so many bytes of text."),
        new("words-<n>", "sim-words-20", "n numbered words of 8 bytes, one a chunk."),
        new("unicode", "sim-unicode", "Text of many scripts with everything that JSON escapes, and the words of an end mark."),
        new("blank", "sim-blank", "An empty text."),
        new("giant", "sim-giant", "16 MiB of text, in one chunk when streamed; giant-<size> for another length."),
        new("chunks-<n>", "sim-1kb-chunks-4", "The text in n content chunks."),
        new("tools[-<n>]", "sim-tools", "n calls of the offered tools with the arguments {\"query\":\"simulated\"}; text when none is offered."),
        new("citations", "sim-citations", "citations, search_results, and a usage with the upstream's own cost."),
        new("rich", "sim-rich", "Every optional field: reasoning, annotations, audio, citations, search results, videos."),
        new("refusal", "sim-refusal", "The message is a refusal."),
        new("length", "sim-length", "finish_reason length. A token limit of the request also ends the text so."),
        new("filter", "sim-filter", "finish_reason content_filter."),
        new("headers", "sim-headers", "Cookies, rate limits and other headers that a gateway must not hand on."),
        // What it costs.
        new("tokens-<n>", "sim-tokens-57-out-12", "n prompt tokens, whatever was sent."),
        new("out-<n>", "sim-out-12", "n completion tokens, whatever is said."),
        new("cached-<n>", "sim-tokens-100-cached-64", "n of the prompt tokens were cached."),
        new("reasoning-<n>", "sim-reasoning-32", "n reasoning tokens more, and the reasoning in words."),
        new("no-usage", "sim-no-usage", "No usage at all."),
        new("usage-always", "sim-usage-always", "Streams end with a usage chunk, asked or not."),
        new("usage-on-content", "sim-usage-on-content", "The usage stands on the chunk with the finish reason."),
        new("usage-twice", "sim-usage-twice", "The usage chunk comes two times."),
        new("usage-running", "sim-usage-running", "Every chunk carries the usage so far."),
        new("usage-names", "sim-usage-names", "The usage under input_tokens and output_tokens."),
        new("usage-texts", "sim-usage-texts", "The usage's numbers as strings."),
        new("usage-total", "sim-usage-total", "total_tokens alone."),
        new("lies-zero", "sim-lies-zero", "The usage is all zeros; the bill is true, here and below."),
        new("lies-negative", "sim-lies-negative", "The usage is negative."),
        new("lies-huge", "sim-lies-huge", "The usage is 1e300 tokens."),
        new("lies-late", "sim-lies-late", "A stream tells the true usage and then zeros; a plain answer zeros."),
        new("hidden", "sim-reasoning-600-hidden-delay-2s", "The reasoning is done before the first byte, over the delay, and not shown."),
        new("unlimited", "sim-words-20-unlimited", "The request's token limit binds nothing."),
        new("greedy", "sim-greedy", "A token for each byte of the request, and all the output that it allows, 16 384 tokens if unlimited; few are shown."),
        new("runs-on", "sim-words-20-runs-on", "Who leaves early is charged for the whole answer."),
        // When.
        new("delay-<time>", "sim-delay-200ms", "So long before the status line."),
        new("late-<time>", "sim-late-200ms", "Headers at once, the first byte of the body so much later."),
        new("paced-<n>x<time>", "sim-paced-64x20ms", "n content chunks so far apart; a plain answer comes after their sum."),
        new("drip-<bytes>x<time>", "sim-drip-16x5ms", "The body in writes of so many bytes, so far apart."),
        new("split[-<bytes>]", "sim-split", "The body in writes of one byte (or so many), without waits."),
        // How events are framed.
        new("crlf", "sim-crlf", "Lines end with CR LF."),
        new("cr", "sim-cr", "Lines end with CR."),
        new("comments", "sim-comments", "A comment before every event."),
        new("bom", "sim-bom", "A byte order mark before the first event."),
        new("multiline", "sim-multiline", "Each event's JSON in two data lines."),
        new("named", "sim-named", "Events with event and id fields."),
        new("no-done", "sim-no-done", "No [DONE] after the last chunk."),
        new("done-bare", "sim-done-bare", "[DONE] without any line end behind it."),
        new("done-line", "sim-done-line", "[DONE] with one line end, without a blank line."),
        new("no-finish", "sim-no-finish", "No finish reason; streamed: no finish chunk, but [DONE]."),
        // What goes wrong before the answer. Not charged, unless the error itself says so.
        new("<status>", "sim-503", "An error status, 400 to 599, with an error object."),
        new("retry-<seconds>", "sim-429-retry-2", "With Retry-After in seconds; 0 is allowed."),
        new("retry-date-<seconds>", "sim-429-retry-date-2", "With Retry-After as a date."),
        new("retry-ms-<ms>", "sim-429-retry-ms-200", "With retry-after-ms."),
        new("context", "sim-context", "400 context_length_exceeded."),
        new("filter-400", "sim-filter-400", "400 content_filter."),
        new("quota", "sim-quota", "429 insufficient_quota."),
        new("html[-<status>]", "sim-html", "200 (or an error status) with an HTML page."),
        new("empty", "sim-empty", "200 and no body."),
        new("empty-object", "sim-empty-object", "200 and {}."),
        new("error-200", "sim-error-200", "200 and an error object."),
        new("charged", "sim-503-charged", "The error object before it carries the usage of the whole answer (in a stream: so far) and is charged so."),
        new("silence", "sim-silence", "Never answers; ends when the client leaves."),
        new("reset", "sim-reset", "Resets the connection before the status line."),
        // What goes wrong within it. Charged for what was sent; a plain answer in full, an error object instead of it only where it says so.
        new("nostream", "sim-nostream", "A plain answer to a request for a stream."),
        new("reset-headers", "sim-reset-headers", "Resets the connection after the headers."),
        new("reset-after-<n>", "sim-reset-after-3", "Resets the connection (RST)."),
        new("close-after-<n>", "sim-close-after-3", "Closes the connection (FIN) within the HTTP body."),
        new("cut-after-<n>", "sim-cut-after-3", "Ends the HTTP body regularly, without finish reason and end mark."),
        new("stall-after-<n>", "sim-stall-after-3", "Sends nothing more and keeps the connection."),
        new("badchunk-after-<n>", "sim-badchunk-after-3", "An event of broken JSON, then goes on."),
        new("error-after-<n>", "sim-error-after-3", "An event with an error object, then the end."),
        // Which calls meet the fault; counted per model name and the request's user field. Without a fault clause: 500.
        new("once", "sim-once-500", "Only the first call."),
        new("first-<n>", "sim-first-2-503", "Only the first n calls."),
        new("flap", "sim-flap", "The 1st, 3rd, 5th call."),
        new("every-<n>", "sim-every-3-429", "The 1st, then every nth call."),
        new("tag-<anything>", "sim-once-reset-tag-a1", "Means nothing: makes a name of its own for the counting."),
    ];
}
