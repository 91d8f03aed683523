using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Images and speech that a model made.</summary>
internal static class MediaMap
{
    public static void Write(ref JsonSink to, ref bool any, ReadOnlySpan<byte> parts, ChoiceState choice)
    {
        var images = 0;
        var speech = false;
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (part.Data.IsEmpty || part.IsThought) continue;
            choice.HasOutput = true;
            if (IsSpeech(part.Data)) speech = true;
            else images++;
        }

        if (images > 0)
        {
            CandidateMap.Member(ref to, ref any, "\"images\":["u8);
            WriteImages(ref to, parts);
        }

        if (!speech) return;
        CandidateMap.Member(ref to, ref any, "\"audio\":{\"id\":\"audio_0\",\"data\":\""u8);
        items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (!part.Data.IsEmpty && !part.IsThought && IsSpeech(part.Data)) to.Raw(JsonText.Inner(JsonMembers.Find(part.Data, "data"u8)));
        }

        to.Raw("\",\"expires_at\":0,\"transcript\":\"\"}"u8);
    }

    private static void WriteImages(ref JsonSink to, ReadOnlySpan<byte> parts)
    {
        var count = 0;
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (part.Data.IsEmpty || part.IsThought || IsSpeech(part.Data)) continue;
            to.Raw(count == 0 ? "{\"index\":"u8 : ",{\"index\":"u8);
            to.Number(count++);
            to.Raw(",\"type\":\"image_url\",\"image_url\":{\"url\":\"data:"u8);
            to.Raw(JsonText.Inner(JsonMembers.Find(part.Data, "mimeType"u8)));
            to.Raw(";base64,"u8);
            to.Raw(JsonText.Inner(JsonMembers.Find(part.Data, "data"u8)));
            to.Raw("\"}}"u8);
        }

        to.Byte((byte)']');
    }

    private static bool IsSpeech(ReadOnlySpan<byte> data)
    {
        var type = JsonText.Inner(JsonMembers.Find(data, "mimeType"u8));
        return type.StartsWith("audio/"u8) || type.StartsWith("audio\\/"u8);
    }
}
