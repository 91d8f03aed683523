using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What an answer is made of: text, images, speech.</summary>
internal static class ModalityMap
{
    public static void Write(ref BodyWriter to, ref bool any, ReadOnlySpan<byte> modalities, ReadOnlySpan<byte> audio, MapFindings findings)
    {
        var count = 0;
        var speaks = false;
        if (!modalities.SequenceEqual("[\"text\"]"u8))
        {
            var items = new JsonItems(modalities);
            while (items.Next())
            {
                var isSpeech = JsonText.Is(items.Value, "audio"u8);
                speaks |= isSpeech;
                var word = isSpeech ? "\"AUDIO\""u8
                    : JsonText.Is(items.Value, "image"u8) ? "\"IMAGE\""u8
                    : JsonText.Is(items.Value, "text"u8) ? "\"TEXT\""u8
                    : default;
                if (word.IsEmpty)
                {
                    findings.Drop("modalities", "it answers in text, images and audio");
                    continue;
                }

                if (count++ == 0)
                {
                    to.Member(ref any, "responseModalities"u8);
                    to.Json.Byte((byte)'[');
                }
                else
                {
                    to.Json.Byte((byte)',');
                }

                to.Json.Raw(word);
            }
        }

        if (count > 0) to.Json.Byte((byte)']');
        if (audio.IsEmpty) return;
        var format = JsonMembers.Find(audio, "format"u8);
        var voice = JsonMembers.Find(audio, "voice"u8);
        if (!speaks || (!format.IsEmpty && !JsonText.Is(format, "pcm16"u8)))
        {
            findings.Drop("audio", speaks ? "it speaks in the format pcm16 alone" : "audio is asked for in modalities too");
            return;
        }

        if (!JsonText.IsText(voice)) return;
        to.Member(ref any, "speechConfig"u8);
        to.Json.Raw("{\"voiceConfig\":{\"prebuiltVoiceConfig\":{\"voiceName\":"u8);
        to.Json.Raw(voice);
        to.Json.Raw("}}}"u8);
    }
}
