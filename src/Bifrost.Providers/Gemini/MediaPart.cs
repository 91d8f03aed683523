using System.Text;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>An image, a document, audio or video: its data, or the address of a stored file.</summary>
internal readonly ref struct MediaPart
{
    private const string StoredFiles = "https://generativelanguage.googleapis.com/v1beta/";

    private readonly string? _mediaType;
    private readonly string? _address;
    private readonly ReadOnlySpan<byte> _data;
    private readonly ReadOnlySpan<byte> _resolution;

    private MediaPart(string? mediaType, ReadOnlySpan<byte> data, string? address, ReadOnlySpan<byte> resolution)
    {
        (_mediaType, _address) = (mediaType, address);
        _data = data;
        _resolution = resolution;
    }

    private MediaPart(string fault) => Fault = fault;

    /// <summary>Why the part cannot be sent; null: it can.</summary>
    public string? Fault { get; }

    public static MediaPart Read(ReadOnlySpan<byte> part, RequestAbout about)
    {
        var type = JsonMembers.Find(part, "type"u8);
        if (JsonText.Is(type, "image_url"u8))
        {
            var image = JsonMembers.Find(part, "image_url"u8);
            var url = JsonText.IsText(image) ? image : JsonMembers.Find(image, "url"u8);
            return OfAddress(url, isImage: true, Resolution(JsonMembers.Find(image, "detail"u8), about.Model), about.Place);
        }

        if (JsonText.Is(type, "input_audio"u8)) return OfAudio(JsonMembers.Find(part, "input_audio"u8));
        if (JsonText.Is(type, "video_url"u8))
        {
            var video = JsonMembers.Find(part, "video_url"u8);
            return OfAddress(JsonText.IsText(video) ? video : JsonMembers.Find(video, "url"u8), isImage: false, default, about.Place);
        }

        if (!JsonText.Is(type, "file"u8)) return new MediaPart("it takes text, images, audio, video and documents");
        var file = JsonMembers.Find(part, "file"u8);
        var address = JsonMembers.Find(file, "file_data"u8);
        if (address.IsEmpty) address = JsonMembers.Find(file, "file_url"u8);
        return OfAddress(address.IsEmpty ? JsonMembers.Find(file, "file_id"u8) : address, isImage: false, default, about.Place);
    }

    public void Write(ref BodyWriter to)
    {
        if (_address is not null)
        {
            to.Json.Raw("{\"fileData\":{\"fileUri\":"u8);
            to.Json.Quoted(_address);
            if (_mediaType is not null)
            {
                to.Json.Raw(",\"mimeType\":"u8);
                to.Json.Quoted(_mediaType);
            }

            to.Json.Raw("}}"u8);
            return;
        }

        to.Json.Raw("{\"inlineData\":{\"mimeType\":"u8);
        to.Json.Quoted(_mediaType!);
        to.Json.Raw(",\"data\":\""u8);
        to.Json.Raw(_data);
        to.Json.Raw("\"}"u8);
        if (!_resolution.IsEmpty)
        {
            to.Json.Raw(",\"mediaResolution\":{\"level\":\""u8);
            to.Json.Raw(_resolution);
            to.Json.Raw("\"}"u8);
        }

        to.Json.Byte((byte)'}');
    }

    private static MediaPart OfAddress(ReadOnlySpan<byte> address, bool isImage, ReadOnlySpan<byte> resolution, GeminiPlace place)
    {
        var inner = JsonText.Inner(address);
        if (inner.IsEmpty) return new MediaPart("it needs the data, or a stored file");
        if (DataAddress.Read(inner, out var mediaType, out var data) is { } isData)
        {
            if (!isData) return new MediaPart("its data must be written in base64");
            if (mediaType == "image/jpg") mediaType = "image/jpeg";
            return IsKnown(mediaType)
                ? new MediaPart(mediaType, data, null, resolution)
                : new MediaPart($"it takes images of png, jpeg, webp, heic and heif, PDF, text, audio and video, not '{mediaType}'");
        }

        // What stands behind the address of an image may be a video, which costs far more: only parts that are counted as such name stored files.
        if (!isImage && StoredFile(JsonText.Read(address), place) is { } file) return new MediaPart(null, default, file, default);
        if (place.FetchesAddresses) return OfFetched(JsonText.Read(address) ?? "", isImage);
        return new MediaPart("it fetches no address; send the data itself, or a stored file or public video as a part of type file");
    }

    private static MediaPart OfAudio(ReadOnlySpan<byte> audio)
    {
        var data = JsonMembers.Find(audio, "data"u8);
        var mediaType = JsonText.Read(JsonMembers.Find(audio, "format"u8)) switch
        {
            "wav" => "audio/wav",
            "mp3" => "audio/mp3",
            "aiff" => "audio/aiff",
            "aac" => "audio/aac",
            "ogg" => "audio/ogg",
            "flac" => "audio/flac",
            _ => null,
        };
        if (mediaType is null) return new MediaPart("it takes audio of wav, mp3, aiff, aac, ogg and flac");
        return JsonText.Inner(data).IsEmpty ? new MediaPart("it needs the data") : new MediaPart(mediaType, JsonText.Inner(data), null, default);
    }

    /// <summary>
    /// An address that is fetched there. What it holds is told by its end: an image's address that may hold something else has no known size.
    /// </summary>
    private static MediaPart OfFetched(string address, bool isImage)
    {
        var isKnown = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "gs" && uri.UserInfo.Length == 0;
        var mediaType = isKnown ? Path.GetExtension(uri!.AbsolutePath).ToLowerInvariant() switch
        {
            ".png" => "image/png",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".webp" => "image/webp",
            ".heic" => "image/heic",
            ".pdf" when !isImage => "application/pdf",
            ".txt" when !isImage => "text/plain",
            ".mp3" when !isImage => "audio/mp3",
            ".wav" when !isImage => "audio/wav",
            ".mp4" when !isImage => "video/mp4",
            ".mov" when !isImage => "video/mov",
            ".webm" when !isImage => "video/webm",
            _ => null,
        } : null;
        return mediaType is null
            ? new MediaPart("it fetches addresses of gs and https whose end tells what they hold, such as .png or .pdf")
            : new MediaPart(mediaType, default, address, default);
    }

    /// <summary>The address of a file that is stored at the provider, or of a public video; null for any other.</summary>
    private static string? StoredFile(string? address, GeminiPlace place)
    {
        if (address is null) return null;
        if (!place.StoresFiles && !address.StartsWith("https://www.youtube.com/", StringComparison.Ordinal)) return null;
        if (address.StartsWith("files/", StringComparison.Ordinal)) return StoredFiles + address;
        var isKnown = address.StartsWith(StoredFiles + "files/", StringComparison.Ordinal)
            || address.StartsWith("https://www.youtube.com/watch?", StringComparison.Ordinal)
            || address.StartsWith("https://youtu.be/", StringComparison.Ordinal);
        return isKnown ? address : null;
    }

    private static ReadOnlySpan<byte> Resolution(ReadOnlySpan<byte> detail, GeminiModel model)
    {
        // Older models know one resolution for the whole request alone.
        if (!model.NeedsSignatures) return default;
        return JsonText.Is(detail, "low"u8) ? "MEDIA_RESOLUTION_LOW"u8 : JsonText.Is(detail, "high"u8) ? "MEDIA_RESOLUTION_HIGH"u8 : default;
    }

    private static bool IsKnown(string mediaType) => mediaType switch
    {
        "image/png" or "image/jpeg" or "image/webp" or "image/heic" or "image/heif" or "application/pdf" or "application/json" => true,
        "audio/wav" or "audio/mp3" or "audio/mpeg" or "audio/aiff" or "audio/aac" or "audio/ogg" or "audio/flac" => true,
        "video/mp4" or "video/mpeg" or "video/mov" or "video/quicktime" or "video/avi" or "video/x-flv" or "video/mpg" or "video/webm" or "video/wmv"
            or "video/3gpp" => true,
        _ => mediaType.StartsWith("text/", StringComparison.Ordinal),
    };
}
