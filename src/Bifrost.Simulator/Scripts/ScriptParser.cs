using System.Globalization;

namespace Bifrost.Simulator.Scripts;

/// <summary>
/// Reads a model name as a script: <c>sim</c> followed by clauses, each described in <see cref="ModelGuide"/>, in any order.
/// A name that does not begin with <c>sim</c> is an ordinary model that gives the fixed answer, so that well-known names work too.
/// </summary>
internal static class ScriptParser
{
    private const int NameLengthMax = 512;
    private const int WordsMax = 1_000_000;
    private const int ToolCallsMax = 128;
    private const int GiantBytes = 16 << 20;

    /// <returns>The script, or null when a clause is unknown: there is no such model.</returns>
    public static Script? Parse(string name)
    {
        if (name.Length is 0 or > NameLengthMax) return null;
        if (name != "sim" && !name.StartsWith("sim-", StringComparison.Ordinal)) return new Script(name);

        var words = new NameReader(name);
        words.Next();
        Script? script = new(name);
        while (!words.AtEnd && script is not null)
        {
            var word = words.Next();
            script = AnswerClause(script, word, words) ?? UsageClause(script, word, words) ?? WireClause(script, word, words)
                ?? GateClause(script, word, words) ?? FaultClause(script, word, words);
        }
        if (script is { Fault: null, Gate.Counts: true }) script = script with { Fault = new Fault(FaultKind.Status, Status: 500) };
        return script;
    }

    private static Script? AnswerClause(Script script, string word, NameReader words) => word switch
    {
        "fixed" => script with { Content = ContentKind.Fixed },
        "echo" => script with { Content = ContentKind.Echo },
        "asked" => script with { Asked = true },
        "unicode" => script with { Content = ContentKind.Unicode },
        "blank" => script with { Content = ContentKind.Blank },
        "words" when words.TakeNumber(out var n) && n is > 0 and <= WordsMax => Worded(script, n * Script.WordBytes) with { Chunks = n },
        "giant" => Worded(script, GiantBytes) with { Chunks = 1 },
        "chunks" when words.TakeNumber(out var n) && n > 0 => script with { Chunks = n },
        "tools" => script with { ToolCalls = words.TakeNumber(out var n) ? Math.Min(n, ToolCallsMax) : 1 },
        "citations" => script with { Citations = true },
        "rich" => script with { Rich = true, ReasoningTokens = Math.Max(script.ReasoningTokens, 16), Citations = true },
        "refusal" => script with { Refusal = true },
        "headers" => script with { NoisyHeaders = true },
        "length" => script with { FinishReason = "length" },
        "filter" when !words.Take("400") => script with { FinishReason = "content_filter" },
        _ when NameReader.TrySize(word, out var bytes) => Worded(script, bytes),
        _ => null,
    };

    private static Script? UsageClause(Script script, string word, NameReader words) => word switch
    {
        "reasoning" when words.TakeNumber(out var n) => script with { ReasoningTokens = n },
        "cached" when words.TakeNumber(out var n) => script with { CachedTokens = n },
        "tokens" when words.TakeNumber(out var n) => script with { PromptTokens = n },
        "out" when words.TakeNumber(out var n) => script with { CompletionTokens = n },
        "usage" when words.Take("always") => script with { Usage = UsageStyle.Always },
        "usage" when words.Take("twice") => script with { Usage = UsageStyle.Twice },
        "usage" when words.Take("running") => script with { Usage = UsageStyle.Running },
        "usage" when words.Take("on") && words.Take("content") => script with { Usage = UsageStyle.OnContent },
        "usage" when words.Take("names") => script with { Form = UsageForm.OtherNames },
        "usage" when words.Take("texts") => script with { Form = UsageForm.Texts },
        "usage" when words.Take("total") => script with { Form = UsageForm.TotalOnly },
        "lies" when words.Take("zero") => script with { Form = UsageForm.Zeros },
        "lies" when words.Take("negative") => script with { Form = UsageForm.Negative },
        "lies" when words.Take("huge") => script with { Form = UsageForm.Huge },
        "lies" when words.Take("late") => script with { Form = UsageForm.LateZeros, Usage = UsageStyle.Twice },
        "hidden" => script with { Hidden = true },
        "unlimited" => script with { Unlimited = true },
        "greedy" => script with { Greedy = true },
        "runs" when words.Take("on") => script with { RunsOn = true },
        "no" when words.Take("usage") => script with { Usage = UsageStyle.Never },
        "no" when words.Take("finish") => script with { FinishReason = null },
        _ => null,
    };

    private static Script? WireClause(Script script, string word, NameReader words)
    {
        var (timing, framing) = (script.Timing, script.Framing);
        return word switch
        {
            "delay" when words.TakeDuration(out var ms) => script with { Timing = timing with { DelayMs = ms } },
            "late" when words.TakeDuration(out var ms) => script with { Timing = timing with { LateMs = ms } },
            "paced" when words.TakePace(out var n, out var ms) && n <= WordsMax => Paced(script, n, ms),
            "drip" when words.TakePace(out var n, out var ms) => script with { Timing = timing with { DripBytes = n, DripMs = ms } },
            "split" => script with { Timing = timing with { DripBytes = words.TakeNumber(out var n) && n > 0 ? n : 1 } },
            "crlf" => script with { Framing = framing with { LineEnd = "\r\n" } },
            "cr" => script with { Framing = framing with { LineEnd = "\r" } },
            "comments" => script with { Framing = framing with { Comments = true } },
            "bom" => script with { Framing = framing with { ByteOrderMark = true } },
            "multiline" => script with { Framing = framing with { TwoLines = true } },
            "named" => script with { Framing = framing with { Named = true } },
            "no" when words.Take("done") => script with { Framing = framing with { Done = DoneStyle.None } },
            "done" when words.Take("bare") => script with { Framing = framing with { Done = DoneStyle.Bare } },
            "done" when words.Take("line") => script with { Framing = framing with { Done = DoneStyle.Line } },
            _ => null,
        };
    }

    private static Script? GateClause(Script script, string word, NameReader words)
    {
        switch (word)
        {
            case "once": return script with { Gate = script.Gate with { First = 1 } };
            case "flap": return script with { Gate = script.Gate with { Every = 2 } };
            case "first" when words.TakeNumber(out var n) && n > 0: return script with { Gate = script.Gate with { First = n } };
            case "every" when words.TakeNumber(out var n) && n > 0: return script with { Gate = script.Gate with { Every = n } };
            case "tag" when !words.AtEnd:
                words.TakeRest();
                return script;
            default: return null;
        }
    }

    private static Script? FaultClause(Script script, string word, NameReader words)
    {
        if (word == "retry") return script.Fault is { } known && Hint(words) is { } hint ? script with { Fault = known with { Retry = hint } } : null;
        if (word == "charged") return script.Fault is { HasErrorObject: true } error ? script with { Fault = error with { Charged = true } } : null;
        return FaultOf(word, words) is { } fault ? script with { Fault = fault } : null;
    }

    private static Fault? FaultOf(string word, NameReader words) => word switch
    {
        "context" => new Fault(FaultKind.Status, Status: 400, Code: "context_length_exceeded"),
        "quota" => new Fault(FaultKind.Status, Status: 429, Code: "insufficient_quota"),
        // The "400" behind it has been taken by the clause of the finish reason.
        "filter" => new Fault(FaultKind.Status, Status: 400, Code: "content_filter"),
        "html" when words.TakeNumber(out var status) => IsError(status) ? new Fault(FaultKind.HtmlPage, Status: status) : null,
        "html" => new Fault(FaultKind.HtmlPage, Status: 200),
        "empty" => words.Take("object") ? new Fault(FaultKind.EmptyObject) : new Fault(FaultKind.EmptyBody),
        "nostream" => new Fault(FaultKind.NotStreamed),
        "silence" => new Fault(FaultKind.Silence),
        "error" when words.Take("200") => new Fault(FaultKind.ErrorBody),
        "error" when After(words, out var n) => new Fault(FaultKind.ErrorAfter, n),
        "reset" when words.Take("headers") => new Fault(FaultKind.ResetAfterHeaders),
        "reset" when After(words, out var n) => new Fault(FaultKind.ResetAfter, n),
        "reset" => new Fault(FaultKind.Reset),
        "close" when After(words, out var n) => new Fault(FaultKind.CloseAfter, n),
        "cut" when After(words, out var n) => new Fault(FaultKind.CutAfter, n),
        "stall" when After(words, out var n) => new Fault(FaultKind.StallAfter, n),
        "badchunk" when After(words, out var n) => new Fault(FaultKind.BadChunkAfter, n),
        _ when int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && IsError(status) =>
            new Fault(FaultKind.Status, Status: status),
        _ => null,
    };

    private static bool IsError(int status) => status is >= 400 and <= 599;

    private static bool After(NameReader words, out int chunks)
    {
        chunks = 0;
        return words.Take("after") && words.TakeNumber(out chunks);
    }

    private static RetryHint? Hint(NameReader words)
    {
        var form = words.Take("date") ? RetryForm.Date : words.Take("ms") ? RetryForm.Milliseconds : RetryForm.Seconds;
        return words.TakeNumber(out var amount) ? new RetryHint(form, amount) : null;
    }

    private static Script Worded(Script script, int bytes) => script with { Content = ContentKind.Words, ContentBytes = bytes };

    private static Script Paced(Script script, int chunks, int paceMs)
    {
        if (script.Content == ContentKind.Fixed) script = Worded(script, chunks * Script.WordBytes);
        return script with { Chunks = chunks, Timing = script.Timing with { PaceMs = paceMs } };
    }
}
