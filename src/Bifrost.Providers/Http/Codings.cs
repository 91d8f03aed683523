using System.IO.Compression;
using System.Net.Http.Headers;

namespace Bifrost.Providers.Http;

/// <summary>
/// Takes the content coding off an answer. None is ever asked for; some servers compress all the same, and some name one that is none.
/// </summary>
internal static class Codings
{
    /// <summary>
    /// The body as it was before its coding: the stream itself where there is none. Null: the coding is not known. Broken bytes throw
    /// <see cref="InvalidDataException"/> when they are read.
    /// </summary>
    public static async ValueTask<Stream?> OpenAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var coding = Of(content.Headers);
        var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return coding switch
        {
            null => body,
            "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "deflate" => await InflateAsync(body, cancellationToken).ConfigureAwait(false),
            _ => null,
        };
    }

    /// <summary>The coding in lower case; null for none. Several are one that is not known.</summary>
    public static string? Of(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Encoding", out var values)) return null;
        string? found = null;
        foreach (var value in values)
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                var coding = value.AsSpan(part).Trim();
                if (coding.IsEmpty || coding.Equals("identity", StringComparison.OrdinalIgnoreCase)
                    || coding.Equals("none", StringComparison.OrdinalIgnoreCase)) continue;
                var name = coding.ToString().ToLowerInvariant();
                found = found is null ? name : $"{found}, {name}";
            }
        }

        return found;
    }

    /// <summary>By the standard <c>deflate</c> has zlib's frame; some servers leave it out.</summary>
    private static async ValueTask<Stream> InflateAsync(Stream body, CancellationToken cancellationToken)
    {
        var head = new byte[2];
        var count = await body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var joined = new HeadedStream(head.AsMemory(0, count), body);
        var isFramed = count == 2 && (head[0] & 0x0F) == 8 && ((head[0] << 8) | head[1]) % 31 == 0;
        return isFramed ? new ZLibStream(joined, CompressionMode.Decompress) : new DeflateStream(joined, CompressionMode.Decompress);
    }
}
