namespace Bifrost.Http.Errors;

/// <summary>Sends bytes in pieces, each after the client has taken most of the one before: the web server copies what it is given.</summary>
public static class Pieces
{
    private const int PieceBytes = 64 << 10;

    public static async ValueTask SendAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > PieceBytes)
        {
            // Nobody reads any more.
            if ((await response.BodyWriter.WriteAsync(bytes[..PieceBytes], cancellationToken)).IsCompleted) return;
            bytes = bytes[PieceBytes..];
        }

        await response.BodyWriter.WriteAsync(bytes, cancellationToken);
    }
}
