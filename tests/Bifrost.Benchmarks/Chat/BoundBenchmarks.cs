using System.Text;
using BenchmarkDotNet.Attributes;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tokens;
using Bifrost.Ledger.Money;

namespace Bifrost.Benchmarks.Chat;

/// <summary>What the bound costs a call: from bytes, which every call under a budget pays, and from tokens, which calls near a limit pay.</summary>
[MemoryDiagnoser]
public class BoundBenchmarks
{
    private static readonly ModelPrice s_model = new()
    {
        InputNanosPerMillion = 2_500_000_000, OutputNanosPerMillion = 10_000_000_000, OutputTokensMax = 16_384, PromptTokensMax = 128_000, TokensPerByteMax = 1,
    };

    private static readonly string[] s_words =
    [
        "budget", "lease", "holds", "credit", "of", "the", "team", "which", "answers", "slowly", "because", "a", "call", "was", "not", "admitted",
        "yesterday", "in", "Bergen", "under", "load", "42", "percent", "Überlauf", "naïve", "request", "settles", "when", "its", "stream", "ends",
    ];

    private byte[] _body = [];
    private RequestContent _content = RequestContent.Empty;

    /// <summary>Size of the body, in kB of 1 000 bytes.</summary>
    [Params(1, 16, 256)]
    public int BodyKb { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _body = Encoding.UTF8.GetBytes($$"""{"model":"gpt-4o","messages":[{"role":"user","content":"{{Text(BodyKb * 1_000)}}"}]}""");
        _content = new RequestContent { TextBytes = _body.Length, StringBytes = _body.Length, Messages = 1 };
    }

    [Benchmark]
    public long FromBytes() => Bound(null);

    [Benchmark]
    public long FromTokens() => Bound(RequestTokens.Count(_body, "o200k_base"));

    private long Bound(CountedTokens? counted)
    {
        BoundCalculator.TryMake(
            new BoundQuery
            {
                Content = _content, Counted = counted, Choices = 1, OutputTokensDefault = 16_384, Model = s_model, Prices = [s_model],
            },
            out var bound);
        return bound.Nanos;
    }

    /// <summary>Words in an order that does not repeat, about so many bytes of them.</summary>
    private static string Text(int bytes)
    {
        var random = new Random(1);
        var text = new StringBuilder(bytes);
        while (text.Length < bytes) text.Append(s_words[random.Next(s_words.Length)]).Append(random.Next(12) == 0 ? ". " : " ");
        return text.ToString();
    }
}
