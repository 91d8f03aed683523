using System.Buffers;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Splice;

/// <summary>
/// Adds to a provider's answer what contract section 4 promises, while copying it: <c>usage.cost</c>, usage in both sets of names,
/// <c>log_probs</c> beside <c>logprobs</c>, and <c>extra_fields</c>. What already stands under one of these names gives way; everything
/// else stays byte for byte. Every shape must come from a scan of the very bytes it is given with.
/// </summary>
public static class CompletionSplicer
{
    /// <summary>A whole answer. A cost goes into the answer's usage object; where there is none, or no cost is known, it is left out.</summary>
    public static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> json, in CompletionShape shape, in Cost? cost, in ExtraFields extra)
    {
        var plan = new SplicePlan(stackalloc Splice[SplicePlan.InlineMax], shape);
        plan.AddOverridden(json, shape);
        plan.AddLogprobs(shape);
        plan.AddUsage(shape, cost.HasValue);
        plan.AddExtra(shape, usageDrops: false);
        new SpliceWriter(json, shape, cost, extra, oneLine: false).Write(to, plan.Sorted);
        plan.Release();
    }

    /// <summary>
    /// A chunk with content, on one line. Usage on it is taken off: it becomes null where the caller asked for usage (so it stands in
    /// OpenAI's streams), and goes altogether where not.
    /// </summary>
    public static void WriteChunk(
        IBufferWriter<byte> to, ReadOnlySpan<byte> json, in CompletionShape shape, bool includeUsage, in ExtraFields extra)
    {
        var plan = new SplicePlan(stackalloc Splice[SplicePlan.InlineMax], shape);
        plan.AddOverridden(json, shape);
        plan.AddLogprobs(shape);
        var drops = shape.UsageMember.Exists && !includeUsage;
        if (drops) plan.Add(shape.UsageMember.WholeIn(json), SplicePart.Nothing);
        else if (shape.UsageMember.Exists && !shape.UsageMember.IsNull) plan.Add(shape.UsageMember.Value, SplicePart.Null);
        if (shape.CarriesMore && !shape.HasChoices) plan.AddEmptyChoices(shape);
        plan.AddExtra(shape, drops);
        new SpliceWriter(json, shape, cost: null, extra, oneLine: true).Write(to, plan.Sorted);
        plan.Release();
    }

    /// <summary>
    /// The chunk that tells the stream's usage, on one line: made of the last chunk that carried usage, with its choices emptied. Sent
    /// before the end mark, and only to callers that asked for usage.
    /// </summary>
    public static void WriteUsageChunk(
        IBufferWriter<byte> to, ReadOnlySpan<byte> json, in CompletionShape shape, in Cost? cost, in ExtraFields extra)
    {
        var plan = new SplicePlan(stackalloc Splice[SplicePlan.InlineMax], shape);
        plan.AddOverridden(json, shape);
        if (!shape.ChoicesEmpty) plan.AddEmptyChoices(shape);
        plan.AddUsage(shape, cost.HasValue);
        plan.AddExtra(shape, usageDrops: false);
        new SpliceWriter(json, shape, cost, extra, oneLine: true).Write(to, plan.Sorted);
        plan.Release();
    }
}
