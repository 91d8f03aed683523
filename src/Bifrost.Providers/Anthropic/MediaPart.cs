using System.Text;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Anthropic;

/// <summary>An image or a document: its data, an address that the provider fetches, or the id of a stored file.</summary>
internal readonly ref struct MediaPart
{
    private readonly ReadOnlySpan<byte> _name;
    private readonly ReadOnlySpan<byte> _data;
    private readonly string? _mediaType;
    private readonly Source _source;
    private readonly bool _isDocument;

    private MediaPart(Source source, bool isDocument, ReadOnlySpan<byte> data, string? mediaType, ReadOnlySpan<byte> name)
    {
        (_source, _isDocument, _mediaType) = (source, isDocument, mediaType);
        _data = data;
        _name = name;
    }

    private MediaPart(string fault) => Fault = fault;

    private enum Source
    {
        /// <summary>A part in the provider's own form.</summary>
        Native,
        Data,
        Text,
        Url,
        File,
    }

    /// <summary>Why the part cannot be sent; null: it can.</summary>
    public string? Fault { get; }

    public static MediaPart Read(ReadOnlySpan<byte> part)
    {
        var type = JsonMembers.Find(part, "type"u8);
        if (JsonText.Is(type, "image_url"u8))
        {
            var image = JsonMembers.Find(part, "image_url"u8);
            return OfAddress(JsonText.IsText(image) ? image : JsonMembers.Find(image, "url"u8), isDocument: false, default);
        }

        if (JsonText.Is(type, "file"u8))
        {
            var file = JsonMembers.Find(part, "file"u8);
            var name = JsonMembers.Find(file, "filename"u8);
            var id = JsonMembers.Find(file, "file_id"u8);
            if (JsonText.IsText(id)) return new MediaPart(Source.File, isDocument: true, id, null, name);
            var data = JsonMembers.Find(file, "file_data"u8);
            return OfAddress(data.IsEmpty ? JsonMembers.Find(file, "file_url"u8) : data, isDocument: true, name);
        }

        var isNative = (JsonText.Is(type, "image"u8) || JsonText.Is(type, "document"u8) || JsonText.Is(type, "search_result"u8))
            && !JsonMembers.Find(part, "source"u8).IsEmpty;
        if (isNative) return new MediaPart(Source.Native, isDocument: false, default, null, default);
        return new MediaPart(JsonText.Is(type, "input_audio"u8) ? "it takes no audio" : "it takes text, images and documents");
    }

    /// <summary>Whether a stored file is named anywhere in a request's messages: that needs a header.</summary>
    public static bool IsStoredAnywhere(ReadOnlySpan<byte> body) => body.IndexOf("\"file_id\""u8) >= 0;

    public void Write(ref BodyWriter to, ReadOnlySpan<byte> part, ReadOnlySpan<byte> cache)
    {
        if (_source == Source.Native)
        {
            WriteNative(ref to, part, cache);
            return;
        }

        to.Json.Raw(_isDocument ? "{\"type\":\"document\",\"source\":{\"type\":"u8 : "{\"type\":\"image\",\"source\":{\"type\":"u8);
        switch (_source)
        {
            case Source.Url:
                to.Json.Raw("\"url\",\"url\":"u8);
                to.Json.Raw(_data);
                break;
            case Source.File:
                to.Json.Raw("\"file\",\"file_id\":"u8);
                to.Json.Raw(_data);
                break;
            case Source.Text:
                to.Json.Raw("\"text\",\"media_type\":\"text/plain\",\"data\":"u8);
                to.Json.Quoted(TextIn(_data) ?? "");
                break;
            default:
                to.Json.Raw("\"base64\",\"media_type\":"u8);
                to.Json.Quoted(_mediaType!);
                to.Json.Raw(",\"data\":\""u8);
                to.Json.Raw(_data);
                to.Json.Byte((byte)'"');
                break;
        }

        to.Json.Byte((byte)'}');
        if (_isDocument)
        {
            if (JsonText.IsText(_name))
            {
                to.Json.Raw(",\"title\":"u8);
                to.Json.Raw(_name);
            }

            WriteMember(ref to, part, "context"u8);
            WriteMember(ref to, part, "citations"u8);
        }

        to.Breakpoint(cache);
        to.Json.Byte((byte)'}');
    }

    private static void WriteMember(ref BodyWriter to, ReadOnlySpan<byte> part, ReadOnlySpan<byte> name)
    {
        var value = JsonMembers.Find(part, name);
        if (value.IsEmpty) return;
        to.Json.Raw(",\""u8);
        to.Json.Raw(name);
        to.Json.Raw("\":"u8);
        to.Json.Raw(value);
    }

    /// <summary>As it stands, but for the breakpoint, which is counted.</summary>
    private static void WriteNative(ref BodyWriter to, ReadOnlySpan<byte> part, ReadOnlySpan<byte> cache)
    {
        var members = new JsonMembers(part);
        to.Json.Byte((byte)'{');
        var any = false;
        while (members.Next())
        {
            if (members.Is("cache_control"u8)) continue;
            to.Json.Raw(any ? ",\""u8 : "\""u8);
            any = true;
            to.Json.Raw(members.RawName);
            to.Json.Raw("\":"u8);
            to.Json.Raw(members.Value);
        }

        to.Breakpoint(cache);
        to.Json.Byte((byte)'}');
    }

    private static MediaPart OfAddress(ReadOnlySpan<byte> address, bool isDocument, ReadOnlySpan<byte> name)
    {
        var inner = JsonText.Inner(address);
        if (inner.IsEmpty) return new MediaPart("it needs the data, an address or a stored file");
        if (DataAddress.Read(inner, out var mediaType, out var rest) is not { } isData)
            return DataAddress.IsWeb(inner)
                ? new MediaPart(Source.Url, isDocument, address, null, name)
                : new MediaPart("its address is neither data nor http or https");
        if (!isData) return new MediaPart("its data must be written in base64");
        return mediaType switch
        {
            "image/jpg" => new MediaPart(Source.Data, isDocument: false, rest, "image/jpeg", default),
            "image/jpeg" or "image/png" or "image/gif" or "image/webp" =>
                new MediaPart(Source.Data, isDocument: false, rest, mediaType, default),
            "application/pdf" => new MediaPart(Source.Data, isDocument: true, rest, mediaType, name),
            "text/plain" when TextIn(rest) is not null => new MediaPart(Source.Text, isDocument: true, rest, mediaType, name),
            _ => new MediaPart($"it takes images of jpeg, png, gif and webp and documents of PDF and plain text, not '{mediaType}'"),
        };
    }

    /// <summary>The text of base64 data; null for what is no UTF-8.</summary>
    private static string? TextIn(ReadOnlySpan<byte> data)
    {
        try
        {
            var bytes = Convert.FromBase64String(Encoding.ASCII.GetString(data).Replace("\\/", "/", StringComparison.Ordinal));
            return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
