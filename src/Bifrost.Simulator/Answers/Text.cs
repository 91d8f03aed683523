using System.Text;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>The text of an answer as UTF-8, with the rule that cuts it into content chunks. Cuts never part a character.</summary>
internal sealed class Text
{

    private const int ShortTextBytes = 512;
    private const int ShortChunkBytes = 8;
    private const int LongChunkBytes = 64;

    private static readonly byte[] s_fixed =
        "The simulator gives this same answer to every question, so that a reader notices when a word of it is missing."u8.ToArray();

    private static readonly byte[] s_unicode =
        "Grüße, \"quoted\" \\ back/slash\ttab\nline, привет, 你好, e\u0301, \U0001F44B\U0001F3FD, \u2028, data: [DONE]\n\nend."u8.ToArray();

    private readonly int _chunks;

    private Text(byte[] utf8, int chunks)
    {
        Utf8 = utf8;
        var byRule = utf8.Length <= ShortTextBytes ? ShortChunkBytes : LongChunkBytes;
        _chunks = Math.Min(chunks > 0 ? chunks : (utf8.Length + byRule - 1) / byRule, utf8.Length);
    }

    public byte[] Utf8 { get; }

    /// <summary>Content chunks of a stream; 0 for an empty text.</summary>
    public int Chunks => _chunks;

    public static Text Of(Script script, ReadOnlySpan<byte> lastUserMessage) => new(script.Content switch
    {
        ContentKind.Echo => lastUserMessage.ToArray(),
        ContentKind.Words => Words(script.ContentBytes),
        ContentKind.Unicode => s_unicode,
        ContentKind.Blank => [],
        _ => s_fixed,
    }, script.Chunks);

    /// <summary>The same text ended after at most <paramref name="bytesMax"/> bytes, as a token limit ends it.</summary>
    public Text CutTo(int bytesMax) => bytesMax >= Utf8.Length ? this : new Text(Utf8[..Boundary(Math.Max(0, bytesMax))], _chunks);

    public ReadOnlySpan<byte> Chunk(int index) => Utf8.AsSpan(Start(index)..Start(index + 1));

    private int Start(int index) => index >= _chunks ? Utf8.Length : Boundary((int)((long)index * Utf8.Length / _chunks));

    private int Boundary(int at)
    {
        while (at > 0 && at < Utf8.Length && (Utf8[at] & 0xC0) == 0x80) at--;
        return at;
    }

    /// <summary>Numbered words, <c>w000000 w000001 …</c>, so that a lost or doubled chunk shows.</summary>
    private static byte[] Words(int bytes)
    {
        var text = new byte[bytes];
        Span<byte> word = stackalloc byte[Script.WordBytes];
        for (var (at, index) = (0, 0); at < bytes; at += Script.WordBytes, index++)
        {
            word[0] = (byte)'w';
            word[^1] = (byte)' ';
            for (var (digit, rest) = (Script.WordBytes - 2, index); digit > 0; digit--, rest /= 10) word[digit] = (byte)('0' + rest % 10);
            word[..Math.Min(Script.WordBytes, bytes - at)].CopyTo(text.AsSpan(at));
        }
        return text;
    }
}
