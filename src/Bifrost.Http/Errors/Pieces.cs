namespace Bifrost.Http.Errors;

/// <summary>Sends bytes in pieces, each after the client has taken most of the one before: the web server copies what it is given.</summary>
public static class Pieces
{
    private const int PieceBytes = 64 << 10;

    public static ValueTask SendAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > PieceBytes) return SendManyAsync(response, bytes, cancellationToken);
        var sent = response.BodyWriter.WriteAsync(bytes, cancellationToken);
        if (!sent.IsCompletedSuccessfully) return EndOf(sent);
        _ = sent.Result;
        return ValueTask.CompletedTask;
    }

    private static async ValueTask EndOf(ValueTask<System.IO.Pipelines.FlushResult> sent) => await sent;

    private static async ValueTask SendManyAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(PieceBytes, bytes.Length)];
            bytes = bytes[piece.Length..];
            var flushed = await response.BodyWriter.WriteAsync(piece, cancellationToken);
            if (flushed.IsCompleted) return;
        }
    }
}
