using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>
/// What a provider says went wrong, in whatever shape it says so: OpenAI's error object, an error that is a string, a bare message or
/// detail, or no JSON at all. Off the hot path, hence a JSON tree.
/// </summary>
internal sealed record ErrorBody
{
    /// <summary>A body that says nothing.</summary>
    public static readonly ErrorBody Unread = new();

    private const int MessageCharsMax = 4_096;
    private const int SentenceCharsMax = 500;

    /// <summary>What stands in compressed bytes and in no text.</summary>
    private static readonly SearchValues<char> s_noText = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(static code => (char)code).Except(['\t', '\r', '\n', '\u001b']), '\uFFFD']);

    /// <summary>Null when the body does not say.</summary>
    public string? Message { get; private init; }

    public string? Type { get; private init; }
    public string? Code { get; private init; }
    public string? Param { get; private init; }

    /// <summary>The HTTP status that the error itself names; null when it names none.</summary>
    public int? Status { get; private init; }

    /// <summary>When to come back, told in the error itself; null when it is not.</summary>
    public long? RetryAfterMs { get; private init; }

    /// <summary>The name of the limit that was reached; null when it is not told.</summary>
    public string? Quota { get; private init; }

    /// <summary>The usage beside the error; null when it states none.</summary>
    public TokenUsage? Usage { get; private init; }

    /// <summary>False when the body holds no error in a shape that is known.</summary>
    public bool IsError { get; private init; }

    /// <summary>True when a JSON object says what went wrong, in whatever shape: then the provider itself answered.</summary>
    public bool IsTold { get; private init; }

    /// <summary>What a body that is no JSON says in a sentence, such as that of a proxy; null when it is something else, or long.</summary>
    public string? Words { get; private init; }

    /// <summary>True when an answer of a model stands beside the error, whose usage may be billed.</summary>
    public bool HasContent { get; private init; }

    public static ErrorBody Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var error = Read(json.RootElement);
            if (!CompletionScanner.TryScan(body.Span, out var shape)) return error;
            return error with { Usage = shape.Usage ?? error.Usage, HasContent = shape.HasChoices && shape.Content.All > 0 };
        }
        catch (JsonException)
        {
            var odd = OddBody.Of(body);
            var text = PlainText(body.Span);
            return new ErrorBody { Message = text, Words = IsSentence(text) ? text : null, Usage = odd.Usage, HasContent = odd.HasContent };
        }
        catch (InvalidOperationException)
        {
            // A string with a lone surrogate or bytes that are not UTF-8.
            return new ErrorBody();
        }
    }

    /// <summary>Whether text that is no JSON calls itself an error, as <c>error: …</c> or <c>[ERROR] …</c>.</summary>
    public static bool IsInWords(ReadOnlySpan<byte> text)
    {
        const string word = "error";
        text = text.TrimStart((byte)'[');
        return text.Length > word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word) && text[word.Length] is (byte)':' or (byte)']' or (byte)' ';
    }

    private static ErrorBody Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0) root = root[0];
        if (root.ValueKind != JsonValueKind.Object) return new ErrorBody { Message = TextOf(root) };

        var error = ErrorIn(root);
        if (error is { ValueKind: JsonValueKind.Object } inner)
        {
            var usage = CompletionScanner.TryScan(Encoding.UTF8.GetBytes(inner.GetRawText()), out var shape) ? shape.Usage : null;
            return From(inner, MessageOf(inner) ?? MessageOf(root), isError: true) with { Usage = usage };
        }

        var message = error is { } flat ? TextOf(flat) : null;
        return From(root, message ?? MessageOf(root), isError: message is not null || Member(root, "object") is { } kind && TextOf(kind) == "error");
    }

    /// <summary>The error, wherever it stands: beside the choices, in one of them, in what is the provider's own.</summary>
    private static JsonElement? ErrorIn(JsonElement root)
    {
        if (Member(root, "error") is { } plain && TextOf(plain) is not (null or "{}" or "[]")) return plain;
        if (Member(root, "base_resp") is { ValueKind: JsonValueKind.Object } response) return response;
        if (Member(root, "fault") is { ValueKind: JsonValueKind.Object } fault) return fault;
        if (Member(root, "errors") is { ValueKind: JsonValueKind.Array } errors && errors.GetArrayLength() > 0) return errors[0];
        if (Member(root, "x_groq") is { ValueKind: JsonValueKind.Object } groq && Member(groq, "error") is { } vendor) return vendor;
        if (Member(root, "choices") is not { ValueKind: JsonValueKind.Array } choices) return null;
        foreach (var choice in choices.EnumerateArray())
            if (choice.ValueKind == JsonValueKind.Object && Member(choice, "error") is { } own && TextOf(own) is not (null or "{}" or "[]")) return own;
        return null;
    }

    private static ErrorBody From(JsonElement holder, string? message, bool isError)
    {
        var code = FirstText(holder, "code", "error_code", "errorCode", "status_code", "statusCode", "status") ?? DetailCode(holder);
        int? status = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 400 and <= 599 ? number : null;
        var body = new ErrorBody
        {
            Message = message,
            Type = FirstText(holder, "type", "error_type") is { } type && type != "error" ? type : null,
            // A number that repeats the status says less than a word beside it.
            Code = status is not null && FirstText(holder, "status") is { } word && !char.IsAsciiDigit(word[0]) ? word : code,
            Param = FirstText(holder, "param"),
            Status = status,
            IsError = isError,
            IsTold = isError || message is not null,
        };
        return Member(holder, "details") is { ValueKind: JsonValueKind.Array } details ? WithDetails(body, details) : body;
    }

    /// <summary>Adds what google.rpc's list of details tells: when to come back, which limit was reached, a reason in one word.</summary>
    private static ErrorBody WithDetails(ErrorBody body, JsonElement details)
    {
        foreach (var detail in details.EnumerateArray())
        {
            if (detail.ValueKind != JsonValueKind.Object) continue;
            if (FirstText(detail, "retryDelay") is { } delay && delay.EndsWith('s'))
                body = body with { RetryAfterMs = RetryAfter.ParseMs(delay[..^1], default) };
            if (FirstText(detail, "reason") is { } reason) body = body with { Code = reason };
            if (Member(detail, "violations") is not { ValueKind: JsonValueKind.Array } violations) continue;
            foreach (var violation in violations.EnumerateArray())
                if (violation.ValueKind == JsonValueKind.Object && FirstText(violation, "quotaId") is { } quota) body = body with { Quota = quota };
        }

        return body;
    }

    private static string? DetailCode(JsonElement holder) =>
        Member(holder, "details") is { ValueKind: JsonValueKind.Object } details ? FirstText(details, "error_code") : null;

    private static string? MessageOf(JsonElement holder) => FirstText(
        holder, "message", "faultstring", "detail", "error_message", "errorMessage", "error_msg", "msg", "status_msg", "reason", "title");

    private static string? FirstText(JsonElement holder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Member(holder, name) is { } value && TextOf(value) is { } text) return text;
        return null;
    }

    private static JsonElement? Member(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    /// <summary>A string as it is; a number, list or object as its JSON; nothing for nothing.</summary>
    private static string? TextOf(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.True or JsonValueKind.False => null,
            _ => value.GetRawText(),
        };
        return string.IsNullOrWhiteSpace(text) ? null : Shorten(text);
    }

    private static string? PlainText(ReadOnlySpan<byte> body)
    {
        // The last character may have been cut.
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, MessageCharsMax)]).Trim('\uFEFF', ' ', '\t', '\r', '\n', '\0').TrimEnd('\uFFFD');
        // A page for browsers tells a caller nothing.
        return text.Length == 0 || text[0] == '<' || text.AsSpan().ContainsAny(s_noText) ? null : text;
    }

    private static bool IsSentence(string? text) =>
        text is { Length: > 0 and <= SentenceCharsMax } && char.IsLetter(text[0]) && !text.StartsWith("data:", StringComparison.Ordinal)
        && !text.StartsWith("event:", StringComparison.Ordinal);

    private static string Shorten(string text) => text.Length <= MessageCharsMax ? text : text[..MessageCharsMax];
}
