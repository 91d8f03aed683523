using System.Text;

namespace Bifrost.Providers.Requests;

/// <summary>Reads the addresses of media, as they stand between their quotes. Many writers of JSON escape every slash.</summary>
internal static class DataAddress
{
    private const int MediaTypeBytesMax = 128;

    /// <summary>The media type of a data address, and what follows its comma. Null: it is no data address; false: it is not in base64.</summary>
    /// <param name="inner">The address.</param>
    /// <param name="mediaType">In lower case, without parameters.</param>
    /// <param name="data">The data in base64.</param>
    public static bool? Read(ReadOnlySpan<byte> inner, out string mediaType, out ReadOnlySpan<byte> data)
    {
        mediaType = "";
        data = default;
        if (!inner.StartsWith("data:"u8)) return null;
        inner = inner["data:"u8.Length..];
        var comma = inner.IndexOf((byte)',');
        if (comma < 0) return false;
        Span<byte> head = stackalloc byte[MediaTypeBytesMax];
        var length = 0;
        foreach (var one in inner[..comma])
        {
            if (one == (byte)'\\') continue;
            if (length == head.Length) return false;
            head[length++] = one;
        }

        var written = head[..length];
        if (!written.EndsWith(";base64"u8)) return false;
        written = written[..^";base64"u8.Length];
        var parameters = written.IndexOf((byte)';');
        mediaType = Encoding.ASCII.GetString(parameters < 0 ? written : written[..parameters]).Trim().ToLowerInvariant();
        data = inner[(comma + 1)..];
        return true;
    }

    /// <summary>Whether it is one of http or https.</summary>
    public static bool IsWeb(ReadOnlySpan<byte> inner) =>
        inner.StartsWith("https://"u8) || inner.StartsWith("http://"u8) || inner.StartsWith("https:\\/\\/"u8) || inner.StartsWith("http:\\/\\/"u8);
}
