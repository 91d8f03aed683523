using System.Text;
using Microsoft.ML.Tokenizers;

namespace Bifrost.Chat.Tokens;

/// <summary>
/// Counts the tokens of text. A tokenizer takes very long for one long piece, so pieces beyond <see cref="PieceCharsMax"/> count by their
/// bytes; and it takes the names of special tokens for one token, where a provider reads them as text, so they are cut apart.
/// </summary>
internal sealed class TextTokenizer
{
    /// <summary>The longest run of letters, of other signs or of blanks that is given to the tokenizer.</summary>
    private const int PieceCharsMax = 1_024;

    private static readonly Lazy<Tokenizer> s_o200k = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private static readonly Lazy<Tokenizer> s_cl100k = new(() => TiktokenTokenizer.CreateForEncoding("cl100k_base"));

    private readonly Tokenizer _tokenizer;

    private TextTokenizer(Tokenizer tokenizer, bool isAlike) => (_tokenizer, FactorTenths) = (tokenizer, isAlike ? 13 : 10);

    /// <summary>What a count is multiplied by, in tenths: more than one where the tokenizer is only alike.</summary>
    public int FactorTenths { get; }

    /// <summary>The tokenizer of a name; null when it is not known here. The first use of one loads its vocabulary.</summary>
    public static TextTokenizer? Find(string name)
    {
        var isAlike = name.StartsWith('~');
        return name.AsSpan(isAlike ? 1 : 0) switch
        {
            "o200k_base" => new TextTokenizer(s_o200k.Value, isAlike),
            "cl100k_base" => new TextTokenizer(s_cl100k.Value, isAlike),
            _ => null,
        };
    }

    public long Count(ReadOnlySpan<byte> utf8) => Count(Encoding.UTF8.GetString(utf8));

    public long Count(ReadOnlySpan<char> text)
    {
        long tokens = 0;
        var segment = 0;
        for (var i = 0; i < text.Length;)
        {
            var end = EndOfPiece(text, i);
            if (end - i > PieceCharsMax)
            {
                tokens += CountSegment(text[segment..i]) + Encoding.UTF8.GetByteCount(text[i..end]);
                segment = end;
            }
            else if (text[i] == '<' && i + 1 < text.Length && text[i + 1] == '|')
            {
                tokens += CountSegment(text[segment..(i + 1)]);
                segment = i + 1;
                end = i + 1;
            }

            i = end;
        }

        return tokens + CountSegment(text[segment..]);
    }

    private long CountSegment(ReadOnlySpan<char> text) => text.IsEmpty ? 0 : _tokenizer.CountTokens(text);

    /// <summary>The end of the run of signs of one kind that begins here; a <c>&lt;</c> is one of its own.</summary>
    private static int EndOfPiece(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '<') return start + 1;
        var kind = KindOf(text[start]);
        var end = start + 1;
        while (end < text.Length && text[end] != '<' && KindOf(text[end]) == kind) end++;
        return end;
    }

    private static int KindOf(char sign) => char.IsWhiteSpace(sign) ? 0 : char.IsLetterOrDigit(sign) || char.IsSurrogate(sign) || sign > 127 ? 1 : 2;
}
