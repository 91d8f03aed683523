using Bifrost.Chat.Envelope;
using Bifrost.Ledger.Money;

namespace Bifrost.Testing;

/// <summary>
/// A kind of traffic: bodies of 0.5 to 20 kB, four bytes a token give or take a fifth, half of the calls with an output limit, and answers
/// whose lengths are log-normal.
/// </summary>
internal sealed record HonestMix
{
    private const int TokensOfMillion = 1_000_000;
    private static readonly int[] s_usualLimits = [1_024, 2_048, 4_096, 4_096, 8_192, 16_384, 32_000];

    /// <summary>Answers of 100 to 1 500 tokens, three in a hundred of up to 6 000.</summary>
    public static readonly HonestMix Chat = new() { Name = "chat", Price = Priced(2_500, 10_000) };

    /// <summary>Answers of 300 to 30 000 tokens, thinking included.</summary>
    public static readonly HonestMix Thinking = new()
    {
        Name = "thinking", Price = Priced(2_500, 10_000) with { Thinks = true }, OutputMedian = 2_500, OutputSpread = 0.9, OutputLeast = 300, OutputMost = 30_000, LongShare = 0,
    };

    /// <summary>Chat with 40 to 80 kB of tools in every call.</summary>
    public static readonly HonestMix Agents = new() { Name = "agents", Price = Priced(2_500, 10_000), ToolBytesMin = 40_000, ToolBytesMax = 80_000 };

    /// <summary>The same at a model for which no tokenizer is known.</summary>
    public static readonly HonestMix AgentsUncounted = Agents with { Name = "agents, no tokenizer", Price = Agents.Price with { Tokenizer = null } };

    /// <summary>Chat whose every call names a limit of 32 000 tokens, at a dear model.</summary>
    public static readonly HonestMix AllName32K = new() { Name = "all name 32k", Price = Priced(5_000, 25_000), NamedShare = 1, Limits = [32_000] };

    public required string Name { get; init; }
    public required ModelPrice Price { get; init; }
    public int OutputMedian { get; init; } = 400;
    public double OutputSpread { get; init; } = 0.8;
    public int OutputLeast { get; init; } = 100;
    public int OutputMost { get; init; } = 1_500;

    /// <summary>Which part of the answers is long: 1 500 to 6 000 tokens.</summary>
    public double LongShare { get; init; } = 0.03;
    public int ToolBytesMin { get; init; }
    public int ToolBytesMax { get; init; }

    /// <summary>Which part of the calls names an output limit.</summary>
    public double NamedShare { get; init; } = 0.5;
    public int[] Limits { get; init; } = s_usualLimits;

    public HonestCall Next(Random random)
    {
        var bytes = 300 + (int)Math.Exp(Between(random, Math.Log(200), Math.Log(20_000)));
        var textTokens = (int)(bytes / 4.0 * Between(random, 0.85, 1.2));
        var toolBytes = ToolBytesMax == 0 ? 0 : random.Next(ToolBytesMin, ToolBytesMax);
        var toolTokens = (int)(toolBytes / 4.0 * Between(random, 0.85, 1.2));
        var asked = random.NextDouble() < NamedShare ? Limits[random.Next(Limits.Length)] : 0;
        var output = (int)Math.Clamp(OutputMedian * Math.Exp(OutputSpread * Normal(random)), OutputLeast, OutputMost);
        if (random.NextDouble() < LongShare) output = random.Next(1_500, 6_000);
        if (asked > 0) output = Math.Min(output, asked);
        return new HonestCall
        {
            Content = new RequestContent
            {
                TextBytes = bytes,
                StringBytes = (bytes * 9 / 10) + (toolBytes * 7 / 10), Messages = 4,
                SchemaBytes = toolBytes, SchemaDepth = toolBytes == 0 ? 0 : 8, Tools = toolBytes / 1_500,
            },
            Counted = new CountedTokens { Text = textTokens, Schema = toolTokens * 13 / 10 },
            PromptTokens = textTokens + toolTokens,
            OutputTokensAsked = asked,
            OutputTokens = output,
            Duration = TimeSpan.FromSeconds(Math.Clamp(output / 60.0 * Between(random, 0.7, 1.5), 1, 30)),
        };
    }

    /// <param name="input">Nano-dollars of a prompt token.</param>
    /// <param name="output">Nano-dollars of an output token.</param>
    private static ModelPrice Priced(long input, long output) => new()
    {
        InputNanosPerMillion = input * TokensOfMillion,
        OutputNanosPerMillion = output * TokensOfMillion,
        OutputTokensMax = 65_536,
        PromptTokensMax = 200_000,
        Tokenizer = "o200k_base",
        TokensPerByteMax = 1,
    };

    private static double Between(Random random, double from, double to) => from + ((to - from) * random.NextDouble());

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
