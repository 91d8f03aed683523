using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Log probabilities of the tokens of an answer.</summary>
internal static class LogprobsMap
{
    /// <summary>The member <c>logprobs</c> with a comma before it; nothing where none are told.</summary>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> result)
    {
        if (result.IsEmpty) return;
        var chosen = new JsonItems(JsonMembers.Find(result, "chosenCandidates"u8));
        var others = new JsonItems(JsonMembers.Find(result, "topCandidates"u8));
        var any = false;
        while (chosen.Next())
        {
            to.Raw(any ? ","u8 : ",\"logprobs\":{\"content\":["u8);
            any = true;
            to.Byte((byte)'{');
            WriteToken(ref to, chosen.Value);
            to.Raw(",\"top_logprobs\":["u8);
            if (others.Next())
            {
                var ranked = new JsonItems(JsonMembers.Find(others.Value, "candidates"u8));
                while (ranked.Next())
                {
                    to.Raw(ranked.Index > 0 ? ",{"u8 : "{"u8);
                    WriteToken(ref to, ranked.Value);
                    to.Byte((byte)'}');
                }
            }

            to.Raw("]}"u8);
        }

        if (any) to.Raw("],\"refusal\":null}"u8);
    }

    private static void WriteToken(ref JsonSink to, ReadOnlySpan<byte> token)
    {
        var text = JsonMembers.Find(token, "token"u8);
        var probability = JsonMembers.Find(token, "logProbability"u8);
        to.Raw("\"token\":"u8);
        to.Raw(JsonText.IsText(text) ? text : "\"\""u8);
        to.Raw(",\"logprob\":"u8);
        to.Raw(JsonText.Number(probability) is null ? "0"u8 : probability);
        to.Raw(",\"bytes\":["u8);
        var bytes = System.Text.Encoding.UTF8.GetBytes(JsonText.Read(text) ?? "");
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i > 0) to.Byte((byte)',');
            to.Number(bytes[i]);
        }

        to.Byte((byte)']');
    }
}
