using System.Text;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;
using CsCheck;

namespace Bifrost.Chat.Tests.Usage;

/// <summary>However a usage is told, in whichever order and however often: of each field the largest count holds.</summary>
public sealed class UsageToldProperties
{
    private static readonly string[] s_values = ["0", "1", "7", "500", "1000", "\"12\"", "-5", "null", "1e300", "1.5", "\"x\"", "12.0"];

    private static readonly Gen<string> s_value = Gen.Int[0, s_values.Length - 1].Select(i => s_values[i]);

    private static readonly Gen<(string Prompt, string Completion)[]> s_pieces = Gen.Select(s_value, s_value, (p, c) => (p, c)).Array[1, 6];

    [Fact]
    public void Of_every_field_the_largest_count_holds_in_any_order() => Gen.Select(s_pieces, Gen.Int[0, 5]).Sample((pieces, turn) =>
    {
        var told = Merge(pieces);
        Assert.Equal(pieces.Max(piece => CountOf(piece.Prompt)), told.Prompt);
        Assert.Equal(pieces.Max(piece => CountOf(piece.Completion)), told.Completion);
        Assert.Equal(told, Merge([.. pieces.Skip(turn % pieces.Length), .. pieces.Take(turn % pieces.Length)]));
        Assert.Equal(told, Merge([.. pieces, .. pieces]));
    });

    /// <summary>Late zeros overwrote real numbers.</summary>
    [Fact]
    public void Late_zeros_take_nothing_back() => Assert.Equal((1_000, 500), Tokens([("1000", "500"), ("0", "0")]));

    /// <summary>Told in two halves, the second one's zero won.</summary>
    [Fact]
    public void Two_halves_make_a_whole() => Assert.Equal((1_000, 500), Tokens([("1000", "0"), ("0", "500")]));

    private static (long, long) Tokens((string, string)[] pieces)
    {
        var usage = Merge(pieces).Tokens()!.Value;
        return (usage.PromptTokens, usage.CompletionTokens);
    }

    private static UsageTold Merge((string Prompt, string Completion)[] pieces)
    {
        var told = default(UsageTold);
        foreach (var (prompt, completion) in pieces)
        {
            var json = $$$"""{"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}}}}""";
            Assert.True(CompletionScanner.TryScan(Encoding.UTF8.GetBytes(json), out var shape));
            told.Add(shape.Told);
        }

        return told;
    }

    private static long? CountOf(string value) => value switch
    {
        "\"12\"" or "12.0" => 12,
        "-5" or "null" or "1e300" or "1.5" or "\"x\"" => null,
        _ => long.Parse(value, System.Globalization.CultureInfo.InvariantCulture),
    };
}
