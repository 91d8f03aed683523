using System.Buffers;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Sse;
using Bifrost.Providers.Http;
using Bifrost.Providers.Json;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Azure;

/// <summary>
/// Chunks of a deployment. What its filter says of the prompt comes before the first chunk, in one without choices, names and time; it goes to the
/// client in the chunk that follows. Verdicts of a filter that runs beside the model come in choices without a <c>delta</c>; they get an empty one.
/// </summary>
internal sealed class AzureStream(UpstreamTarget target, HttpResponseMessage response, Stream body, PhaseTimer timer, ProviderLimits limits)
    : OpenAiStream(target, response, body, timer, limits)
{
    private static readonly byte[] Filters = "prompt_filter_results"u8.ToArray();

    private byte[]? _filters;

    protected override bool TryTake(in SseEvent next, ref CompletionShape shape, out ReadOnlyMemory<byte> chunk)
    {
        if (!base.TryTake(next, ref shape, out chunk)) return false;
        if (shape.ChoicesEmpty && !shape.IsUsageOnly)
        {
            var filters = JsonMembers.Find(chunk.Span, Filters);
            if (!filters.IsEmpty) _filters = filters.ToArray();
            return false;
        }

        var lacksDelta = shape is { HasChoices: true, ChoicesEmpty: false, HasDelta: false };
        if (_filters is null && !lacksDelta) return true;
        var written = new ArrayBufferWriter<byte>(chunk.Length + (_filters?.Length ?? 0) + 64);
        Write(written, chunk.Span, _filters, lacksDelta);
        _filters = null;
        chunk = written.WrittenMemory;
        CompletionScanner.TryScan(chunk.Span, out shape);
        return true;
    }

    private static void Write(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> filters, bool lacksDelta)
    {
        var members = new JsonMembers(chunk);
        var separator = "{"u8;
        if (!filters.IsEmpty)
        {
            to.Write("{\"prompt_filter_results\":"u8);
            to.Write(filters);
            separator = ","u8;
        }

        while (members.Next())
        {
            if (!filters.IsEmpty && members.Is(Filters)) continue;
            to.Write(separator);
            separator = ","u8;
            to.Write("\""u8);
            to.Write(members.RawName);
            to.Write("\":"u8);
            if (lacksDelta && members.Is("choices"u8)) WriteChoices(to, members.Value);
            else to.Write(members.Value);
        }

        to.Write("}"u8);
    }

    private static void WriteChoices(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> choices)
    {
        var items = new JsonItems(choices);
        var separator = "["u8;
        while (items.Next())
        {
            to.Write(separator);
            separator = ","u8;
            if (JsonText.IsObject(items.Value) && !JsonText.IsNothing(items.Value))
            {
                to.Write("{\"delta\":{},"u8);
                to.Write(items.Value[1..]);
            }
            else
            {
                to.Write(items.Value);
            }
        }

        to.Write("]"u8);
    }
}
