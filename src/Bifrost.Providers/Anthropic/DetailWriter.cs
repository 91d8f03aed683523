using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>Entries of <c>reasoning_details</c>: what a client has to send back so that the model may go on thinking.</summary>
internal static class DetailWriter
{
    /// <param name="to">Where to.</param>
    /// <param name="text">The thinking, without quotes.</param>
    /// <param name="signature">Without quotes; empty: it has none, and cannot be sent back.</param>
    /// <param name="model">The model that thought, with quotes.</param>
    /// <param name="index">The entry's place.</param>
    public static void WriteText(ref JsonSink to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> model, int index)
    {
        to.Raw("{\"type\":\"reasoning.text\",\"text\":\""u8);
        to.Raw(text);
        if (!signature.IsEmpty)
        {
            to.Raw("\",\"signature\":\""u8);
            to.Raw(signature);
        }

        WriteEnd(ref to, model, index);
    }

    /// <param name="to">Where to.</param>
    /// <param name="data">Without quotes.</param>
    /// <param name="model">The model that thought, with quotes.</param>
    /// <param name="index">The entry's place.</param>
    public static void WriteEncrypted(ref JsonSink to, ReadOnlySpan<byte> data, ReadOnlySpan<byte> model, int index)
    {
        to.Raw("{\"type\":\"reasoning.encrypted\",\"data\":\""u8);
        to.Raw(data);
        WriteEnd(ref to, model, index);
    }

    private static void WriteEnd(ref JsonSink to, ReadOnlySpan<byte> model, int index)
    {
        to.Raw("\",\"format\":\""u8);
        to.Raw(ReasoningMap.Format);
        to.Byte((byte)'"');
        if (JsonText.IsText(model))
        {
            to.Raw(",\"model\":"u8);
            to.Raw(model);
        }

        to.Raw(",\"index\":"u8);
        to.Number(index);
        to.Byte((byte)'}');
    }
}
