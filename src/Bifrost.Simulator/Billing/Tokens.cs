namespace Bifrost.Simulator.Billing;

/// <summary>
/// The rule of the bill: a token is four bytes, begun ones count whole. Prompt tokens count the bytes of the <c>messages</c> value as it was
/// received (what a gateway must not touch); completion tokens the UTF-8 bytes of the answer's text, or of a tool call's name and arguments.
/// </summary>
internal static class Tokens
{
    public const int BytesEach = 4;

    public static int Of(int bytes) => (bytes + BytesEach - 1) / BytesEach;

    /// <summary>The share of a stream that ended early: completion × chunks sent ÷ chunks of the whole, rounded up.</summary>
    public static int Share(int completion, int chunksSent, int chunks) =>
        chunksSent >= chunks ? completion : (int)(((long)completion * chunksSent + chunks - 1) / chunks);
}
