using Bifrost.Calls.Accounting;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Pipeline;

/// <summary>What a stream has delivered and told so far.</summary>
/// <param name="model">The model asked for, by the provider's name.</param>
internal sealed class StreamTally(string model)
{
    private AnsweredNames _names = new(model);
    private UsageTold _told;
    private bool _finished;
    private bool _isToldEarly;
    private bool _isEndedByLimit;
    private ContentBytes _delivered;

    public Delivery Delivery => new()
    {
        Told = _told, IsToldEarly = _isToldEarly, Content = _delivered, IsEndedByLimit = _isEndedByLimit, Names = _names,
    };

    /// <summary>True when a choice delivered anything.</summary>
    public bool HasContent { get; private set; }

    /// <summary>
    /// True when the usage was told to its end: beside or behind the finish of the answer, on a chunk of its own behind all content, or by an
    /// error. A running count is none, nor is what some providers tell of the prompt before they begin.
    /// </summary>
    public bool IsUsageFinal { get; private set; }

    /// <summary>Counts a chunk. False when it is none, or an error dressed as one.</summary>
    public bool TryAdd(StreamBody body, ReadOnlyMemory<byte> json, out CompletionShape shape)
    {
        if (body is ScannedStream scanned) shape = scanned.Shape;
        else if (!CompletionScanner.TryScan(json.Span, out shape)) return false;
        _finished |= shape.FinishReasonSeen;
        _isEndedByLimit |= shape.IsEndedByLimit;
        if (!_finished && shape.Content.All > 0) IsUsageFinal = false;
        var told = shape.Told;
        if (!told.IsEmpty)
        {
            IsUsageFinal |= shape.HasError || _finished || (shape.IsUsageOnly && told.Completion > 0);
            _isToldEarly = false;
            _told.Add(told);
        }
        else if (!_told.IsEmpty && shape.Content.All > 0)
        {
            _isToldEarly = true;
        }

        HasContent |= shape.Content.All > 0;
        _delivered.Add(shape.Delivered);
        _names.Add(json.Span, shape);
        return !shape.HasError;
    }

    /// <summary>An error that says its usage says that of the stream.</summary>
    public void Add(ProviderFailure failure)
    {
        if (failure.Usage is not { } usage) return;
        _told.Add(UsageTold.Of(usage));
        _isToldEarly = false;
        IsUsageFinal = true;
    }
}
