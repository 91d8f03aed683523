using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Splice;

/// <summary>Copies an answer and writes the new parts where they belong.</summary>
internal readonly ref struct SpliceWriter
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly ref readonly CompletionShape _shape;
    private readonly ref readonly Cost? _cost;
    private readonly ref readonly ExtraFields _extra;
    private readonly bool _oneLine;

    public SpliceWriter(ReadOnlySpan<byte> json, in CompletionShape shape, in Cost? cost, in ExtraFields extra, bool oneLine)
    {
        _json = json;
        _shape = ref shape;
        _cost = ref cost;
        _extra = ref extra;
        _oneLine = oneLine && json.ContainsAny((byte)'\n', (byte)'\r');
    }

    public void Write(IBufferWriter<byte> to, ReadOnlySpan<Splice> splices)
    {
        var sink = new JsonSink(to);
        var position = 0;
        foreach (ref readonly var splice in splices)
        {
            // What lies inside something dropped is dropped with it.
            if (splice.Where.Start < position) continue;
            Copy(ref sink, new JsonSpan(position, splice.Where.Start));
            WritePart(ref sink, splice);
            position = splice.Where.End;
        }

        Copy(ref sink, new JsonSpan(position, _json.Length));
        sink.Flush();
    }

    private void Copy(ref JsonSink sink, JsonSpan span)
    {
        if (_oneLine) sink.OneLine(span.Of(_json));
        else sink.Raw(span.Of(_json));
    }

    private void WritePart(ref JsonSink sink, in Splice splice)
    {
        switch (splice.Part)
        {
            case SplicePart.Null: sink.Raw("null"u8); break;
            case SplicePart.EmptyChoices: sink.Raw("[]"u8); break;
            case SplicePart.EmptyChoicesMember: sink.Raw(",\"choices\":[]"u8); break;
            case SplicePart.CostValue: WriteCost(ref sink); break;
            case SplicePart.UsageTail: WriteUsageTail(ref sink); break;
            case SplicePart.PromptDetailsValue: WriteDetails(ref sink, _shape.UsageParts.MissingOfPrompt); break;
            case SplicePart.PromptDetailsTail:
                WriteNames(ref sink, _shape.UsageParts.MissingOfPrompt, _shape.UsageParts.Prompt.IsEmpty);
                break;
            case SplicePart.CompletionDetailsValue: WriteDetails(ref sink, _shape.UsageParts.MissingOfCompletion); break;
            case SplicePart.CompletionDetailsTail:
                WriteNames(ref sink, _shape.UsageParts.MissingOfCompletion, _shape.UsageParts.Completion.IsEmpty);
                break;
            case SplicePart.LogprobsMember:
                sink.Raw(",\"log_probs\":"u8);
                Copy(ref sink, _shape.Logprobs![splice.Index].Value);
                break;
            case SplicePart.LogprobsValue: Copy(ref sink, _shape.Logprobs![splice.Index].Value); break;
            case SplicePart.ExtraValue: ExtraFieldsWriter.WriteValue(ref sink, _extra); break;
            case SplicePart.ExtraMember: ExtraFieldsWriter.WriteMember(ref sink, _extra, ",\"extra_fields\":"u8); break;
            case SplicePart.ExtraOnlyMember: ExtraFieldsWriter.WriteMember(ref sink, _extra, "\"extra_fields\":"u8); break;
        }
    }

    private void WriteUsageTail(ref JsonSink sink)
    {
        ref readonly var usage = ref _shape.UsageParts;
        var isFirst = usage.IsEmpty;
        var tokens = _shape.Usage.GetValueOrDefault();
        WriteName(ref sink, usage.Missing, UsageNames.PromptTokens, "\"prompt_tokens\":"u8, tokens.PromptTokens, ref isFirst);
        WriteName(ref sink, usage.Missing, UsageNames.CompletionTokens, "\"completion_tokens\":"u8, tokens.CompletionTokens, ref isFirst);
        WriteName(ref sink, usage.Missing, UsageNames.TotalTokens, "\"total_tokens\":"u8, tokens.TotalTokens, ref isFirst);
        if (!usage.Prompt.Member.Exists && usage.MissingOfPrompt != UsageNames.None)
        {
            Comma(ref sink, ref isFirst);
            sink.Raw("\"prompt_tokens_details\":"u8);
            WriteDetails(ref sink, usage.MissingOfPrompt);
        }

        if (!usage.Completion.Member.Exists && usage.MissingOfCompletion != UsageNames.None)
        {
            Comma(ref sink, ref isFirst);
            sink.Raw("\"completion_tokens_details\":"u8);
            WriteDetails(ref sink, usage.MissingOfCompletion);
        }

        if (!_cost.HasValue || usage.Cost.Exists) return;
        Comma(ref sink, ref isFirst);
        sink.Raw("\"cost\":"u8);
        WriteCost(ref sink);
    }

    private void WriteDetails(ref JsonSink sink, UsageNames names)
    {
        sink.Byte((byte)'{');
        WriteNames(ref sink, names, isFirst: true);
        sink.Byte((byte)'}');
    }

    private void WriteNames(ref JsonSink sink, UsageNames names, bool isFirst)
    {
        var tokens = _shape.Usage.GetValueOrDefault();
        WriteName(ref sink, names, UsageNames.CachedTokens, "\"cached_tokens\":"u8, tokens.CachedReadTokens, ref isFirst);
        WriteName(ref sink, names, UsageNames.CachedReadTokens, "\"cached_read_tokens\":"u8, tokens.CachedReadTokens, ref isFirst);
        WriteName(ref sink, names, UsageNames.CachedWriteTokens, "\"cached_write_tokens\":"u8, tokens.CachedWriteTokens, ref isFirst);
        WriteName(ref sink, names, UsageNames.ReasoningTokens, "\"reasoning_tokens\":"u8, tokens.ReasoningTokens, ref isFirst);
        WriteName(ref sink, names, UsageNames.CitationTokens, "\"citation_tokens\":"u8, tokens.CitationTokens, ref isFirst);
        WriteName(ref sink, names, UsageNames.SearchQueries, "\"num_search_queries\":"u8, tokens.SearchQueries, ref isFirst);
    }

    private static void WriteName(
        ref JsonSink sink, UsageNames names, UsageNames name, ReadOnlySpan<byte> prefix, long value, ref bool isFirst)
    {
        if ((names & name) == UsageNames.None) return;
        Comma(ref sink, ref isFirst);
        sink.Raw(prefix);
        sink.Number(value);
    }

    private static void Comma(ref JsonSink sink, ref bool isFirst)
    {
        if (!isFirst) sink.Byte((byte)',');
        isFirst = false;
    }

    private void WriteCost(ref JsonSink sink)
    {
        var cost = _cost.GetValueOrDefault();
        sink.Raw("{\"input_tokens_cost\":"u8);
        sink.Usd(cost.InputNanos);
        sink.Raw(",\"output_tokens_cost\":"u8);
        sink.Usd(cost.OutputNanos);
        sink.Raw(",\"reasoning_tokens_cost\":"u8);
        sink.Usd(cost.ReasoningNanos);
        sink.Raw(",\"citation_tokens_cost\":"u8);
        sink.Usd(cost.CitationNanos);
        sink.Raw(",\"search_queries_cost\":"u8);
        sink.Usd(cost.SearchNanos);
        sink.Raw(",\"request_cost\":"u8);
        sink.Usd(cost.RequestNanos);
        sink.Raw(",\"total_cost\":"u8);
        sink.Usd(cost.TotalNanos);
        sink.Byte((byte)'}');
    }
}
