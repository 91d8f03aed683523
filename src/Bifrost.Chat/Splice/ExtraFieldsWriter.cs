using System.Text.Json;
using System.Text.Unicode;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>Writes <c>extra_fields</c>, always on one line.</summary>
internal static class ExtraFieldsWriter
{
    private const int RawDepthMax = 128;

    public static void WriteMember(ref JsonSink sink, in ExtraFields extra, ReadOnlySpan<byte> name)
    {
        sink.Raw(name);
        WriteValue(ref sink, extra);
    }

    public static void WriteValue(ref JsonSink sink, in ExtraFields extra)
    {
        sink.Raw("{\"request_type\":"u8);
        sink.Quoted(extra.RequestType);
        WriteText(ref sink, ",\"provider\":"u8, extra.Provider);
        WriteText(ref sink, ",\"model_requested\":"u8, extra.ModelRequested);
        WriteText(ref sink, ",\"model_deployment\":"u8, extra.ModelDeployment);
        sink.Raw(",\"latency\":"u8);
        sink.Number(extra.LatencyMs);
        if (extra.ChunkIndex is { } index)
        {
            sink.Raw(",\"chunk_index\":"u8);
            sink.Number(index);
        }

        if (!extra.DroppedParams.IsDefaultOrEmpty) WriteList(ref sink, ",\"dropped_params\":["u8, extra.DroppedParams);
        WriteRaw(ref sink, ",\"raw_request\":"u8, extra.RawRequest.Span);
        WriteRaw(ref sink, ",\"raw_response\":"u8, extra.RawResponse.Span);
        sink.Byte((byte)'}');
    }

    private static void WriteText(ref JsonSink sink, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null) return;
        sink.Raw(name);
        sink.Quoted(text);
    }

    private static void WriteList(ref JsonSink sink, ReadOnlySpan<byte> name, ImmutableArray<string> texts)
    {
        sink.Raw(name);
        for (var i = 0; i < texts.Length; i++)
        {
            if (i > 0) sink.Byte((byte)',');
            sink.Quoted(texts[i]);
        }

        sink.Byte((byte)']');
    }

    private static void WriteRaw(ref JsonSink sink, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || !IsJson(json)) return;
        sink.Raw(name);
        sink.OneLine(json);
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text)) return false;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = RawDepthMax });
        try
        {
            while (reader.Read()) reader.Skip();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
