using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>
/// A plain answer in prebuilt bytes with four holes: id, time, prompt tokens, total tokens. It is cut out of what <see cref="PlainWriter"/>
/// writes for a request with tell-tale values, so that both say the same.
/// </summary>
internal sealed class PlainTemplate
{
    private const int IdBytes = 32;
    private const int CreatedBytes = 10;
    private const string IdMark = "0123456789abcdef0123456789abcdef";
    private const long CreatedMark = 1_234_567_899;
    private const int PromptMark = 1_000_000_007;

    private readonly byte[] _untilId;
    private readonly byte[] _untilCreated;
    private readonly byte[] _untilPrompt;
    private readonly byte[] _untilTotal;
    private readonly byte[] _rest;

    private PlainTemplate(byte[] json, int completion)
    {
        CompletionTokens = completion;
        var at = 0;
        _untilId = Until(json, IdMark, ref at);
        _untilCreated = Until(json, CreatedMark.ToString(CultureInfo.InvariantCulture), ref at);
        _untilPrompt = Until(json, PromptMark.ToString(CultureInfo.InvariantCulture), ref at);
        _untilTotal = Until(json, (PromptMark + completion).ToString(CultureInfo.InvariantCulture), ref at);
        _rest = json[at..];
    }

    public int CompletionTokens { get; }

    /// <summary>The template of a script whose answer depends on nothing but its name, or null when it has none.</summary>
    public static PlainTemplate? Of(Script script)
    {
        var isPlainest = script is
        {
            Content: not ContentKind.Echo, CachedTokens: 0, PromptTokens: < 0, Usage: not UsageStyle.Never, Form: UsageForm.Plain,
            Fault: null, Rich: false, Citations: false, NoisyHeaders: false, Greedy: false, ContentBytes: <= 1 << 20,
        };
        if (!isPlainest || script.Timing != new Timing()) return null;

        var request = new ChatRequest { Model = script.Name };
        var answer = AnswerMaker.Make(script, request, Text.Of(script, []), IdMark, CreatedMark);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions.Json);
        PlainWriter.Write(json, answer with { Usage = answer.Usage with { Prompt = PromptMark } });
        return new PlainTemplate(buffer.WrittenSpan.ToArray(), answer.Usage.Completion);
    }

    public int LengthFor(int promptTokens) =>
        _untilId.Length + IdBytes + _untilCreated.Length + CreatedBytes + _untilPrompt.Length + Digits(promptTokens)
        + _untilTotal.Length + Digits(promptTokens + CompletionTokens) + _rest.Length;

    /// <summary>Fills <paramref name="to"/>, which is exactly as long as <see cref="LengthFor"/> says.</summary>
    public void Write(Span<byte> to, Guid id, long created, int promptTokens)
    {
        to = Copy(_untilId, to);
        Utf8Formatter.TryFormat(id, to, out var written, 'N');
        to = Copy(_untilCreated, to[written..]);
        Utf8Formatter.TryFormat(created, to, out written);
        to = Copy(_untilPrompt, to[written..]);
        Utf8Formatter.TryFormat(promptTokens, to, out written);
        to = Copy(_untilTotal, to[written..]);
        Utf8Formatter.TryFormat(promptTokens + CompletionTokens, to, out written);
        Copy(_rest, to[written..]);
    }

    private static Span<byte> Copy(byte[] from, Span<byte> to)
    {
        from.CopyTo(to);
        return to[from.Length..];
    }

    private static byte[] Until(byte[] json, string mark, ref int at)
    {
        var length = json.AsSpan(at).IndexOf(Encoding.ASCII.GetBytes(mark));
        var part = json.AsSpan(at, length).ToArray();
        at += length + mark.Length;
        return part;
    }

    private static int Digits(int number)
    {
        var digits = 1;
        while ((number /= 10) > 0) digits++;
        return digits;
    }
}
