namespace Bifrost.Chat.Envelope;

/// <summary>Where an image stands, by its address.</summary>
internal enum ImageSource
{
    /// <summary>In the address itself.</summary>
    Inline,

    /// <summary>Behind a web address.</summary>
    Web,

    /// <summary>The address names something else: other media, a stored file.</summary>
    NoImage,
}

/// <summary>Reads the addresses of images.</summary>
internal static class ImageSources
{
    private const int StartLength = 16;

    /// <param name="raw">The string as it stands in the body, with its escapes.</param>
    public static ImageSource Of(ReadOnlySpan<byte> raw)
    {
        // Many writers of JSON escape every slash.
        Span<byte> start = stackalloc byte[StartLength];
        var length = 0;
        for (var i = 0; i < raw.Length && length < StartLength; i++)
        {
            if (raw[i] == (byte)'\\' && i + 1 < raw.Length && raw[i + 1] == (byte)'/') continue;
            start[length++] = raw[i];
        }

        var begin = start[..length];
        if (begin.StartsWith("data:image/"u8)) return ImageSource.Inline;
        if (!begin.StartsWith("https://"u8) && !begin.StartsWith("http://"u8)) return ImageSource.NoImage;
        return EndsAsOther(raw) ? ImageSource.NoImage : ImageSource.Web;
    }

    /// <summary>Whether the path ends as those of other media do.</summary>
    private static bool EndsAsOther(ReadOnlySpan<byte> raw)
    {
        var end = raw.IndexOfAny((byte)'?', (byte)'#');
        var path = end < 0 ? raw : raw[..end];
        var dot = path.LastIndexOf((byte)'.');
        if (dot < 0) return false;
        var extension = path[(dot + 1)..];
        return Is(extension, "pdf"u8) || Is(extension, "mp4"u8) || Is(extension, "mov"u8) || Is(extension, "webm"u8) || Is(extension, "mkv"u8)
            || Is(extension, "avi"u8) || Is(extension, "mpg"u8) || Is(extension, "mpeg"u8) || Is(extension, "m4v"u8) || Is(extension, "mp3"u8)
            || Is(extension, "wav"u8) || Is(extension, "m4a"u8) || Is(extension, "ogg"u8) || Is(extension, "flac"u8);
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> extension) => System.Text.Ascii.EqualsIgnoreCase(text, extension);
}
