using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Splice;

/// <summary>Collects the places where an answer changes, in the order of the answer.</summary>
internal ref struct SplicePlan
{
    /// <summary>Enough for an answer with a few choices; beyond it an array is rented.</summary>
    public const int InlineMax = 16;

    // Usage (cost, tail, two details), choices, extra fields.
    private const int FixedMax = 8;

    private Span<Splice> _splices;
    private Splice[]? _rented;
    private int _count;

    public SplicePlan(Span<Splice> inline, in CompletionShape shape)
    {
        var needed = FixedMax + (shape.Logprobs?.Count ?? 0) + (shape.Overridden?.Count ?? 0);
        if (needed > inline.Length) _rented = ArrayPool<Splice>.Shared.Rent(needed);
        _splices = _rented ?? inline;
    }

    public readonly ReadOnlySpan<Splice> Sorted => _splices[.._count];

    public void Add(JsonSpan where, SplicePart part, int index = 0)
    {
        var at = _count++;
        for (; at > 0 && _splices[at - 1].Where.Start > where.Start; at--) _splices[at] = _splices[at - 1];
        _splices[at] = new Splice(where, part, index);
    }

    public void AddOverridden(ReadOnlySpan<byte> json, in CompletionShape shape)
    {
        if (shape.Overridden is null) return;
        foreach (var member in shape.Overridden) Add(member.WholeIn(json), SplicePart.Nothing);
    }

    public void AddLogprobs(in CompletionShape shape)
    {
        for (var i = 0; i < (shape.Logprobs?.Count ?? 0); i++)
        {
            var (value, mirror) = shape.Logprobs![i];
            if (mirror.Exists) Add(mirror, SplicePart.LogprobsValue, i);
            else Add(At(value.End), SplicePart.LogprobsMember, i);
        }
    }

    public void AddUsage(in CompletionShape shape, bool hasCost)
    {
        ref readonly var usage = ref shape.UsageParts;
        if (!usage.IsObject) return;
        if (hasCost && usage.Cost.Exists) Add(usage.Cost.Value, SplicePart.CostValue);
        AddDetails(usage.Prompt, usage.MissingOfPrompt, SplicePart.PromptDetailsValue, SplicePart.PromptDetailsTail);
        AddDetails(usage.Completion, usage.MissingOfCompletion, SplicePart.CompletionDetailsValue, SplicePart.CompletionDetailsTail);
        Add(At(usage.Tail), SplicePart.UsageTail);
    }

    public void AddEmptyChoices(in CompletionShape shape)
    {
        if (shape.Choices.Exists) Add(shape.Choices, SplicePart.EmptyChoices);
        else Add(At(shape.Tail), SplicePart.EmptyChoicesMember);
    }

    public void AddExtra(in CompletionShape shape, bool usageDrops)
    {
        var isOnlyMember = shape.OtherMembers == 0 && (usageDrops || !shape.UsageMember.Exists);
        if (shape.ExtraMember.Exists) Add(shape.ExtraMember.Value, SplicePart.ExtraValue);
        else Add(At(shape.Tail), isOnlyMember ? SplicePart.ExtraOnlyMember : SplicePart.ExtraMember);
    }

    public readonly void Release()
    {
        if (_rented is not null) ArrayPool<Splice>.Shared.Return(_rented);
    }

    private void AddDetails(in DetailsShape details, UsageNames missing, SplicePart value, SplicePart tail)
    {
        if (missing == UsageNames.None) return;
        if (details.IsObject) Add(At(details.Tail), tail);
        else if (details.Member.IsNull) Add(details.Member.Value, value);
    }

    private static JsonSpan At(int offset) => new(offset, offset);
}
