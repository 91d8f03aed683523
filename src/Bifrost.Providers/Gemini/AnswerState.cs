using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What is known of an answer while it is written, whole or piece by piece.</summary>
/// <param name="about">What its request was mapped by.</param>
/// <param name="id">Its id where the provider gives none.</param>
/// <param name="created">Unix seconds: the provider does not say when it answered.</param>
/// <param name="detailBytesMax">Bytes that are kept of what is to be sent back.</param>
internal sealed class AnswerState(RequestAbout about, Guid id, long created, int detailBytesMax)
{
    private readonly List<ChoiceState> _choices = [];
    private byte[] _id = System.Text.Encoding.ASCII.GetBytes($"\"chatcmpl-{id:N}\"");
    private byte[] _model = "\"\""u8.ToArray();
    private UsageMap _usage;
    private ulong _hash;
    private int _calls;

    public GeminiModel Model => about.Model;

    public ToolNames Names => about.Names;

    /// <summary>The model that answers, a JSON string; empty: it is not told.</summary>
    public ReadOnlySpan<byte> ModelName => _model.Length > 2 ? _model : default;

    public ref UsageMap Usage => ref _usage;

    /// <summary>Whether every choice that was begun has ended.</summary>
    public bool HasEnded => _choices.Count > 0 && _choices.TrueForAll(static choice => choice.IsFinished);

    /// <summary>The next call's id, a JSON string, where the provider gives none.</summary>
    public ReadOnlySpan<byte> NextCallId(Span<byte> room)
    {
        if (_hash == 0) _hash = Fnv1a.Of(_id);
        return CallIds.Make(room, _hash, _calls++);
    }

    public ChoiceState Choice(int index)
    {
        foreach (var known in _choices)
            if (known.Index == index) return known;
        var choice = new ChoiceState(index, detailBytesMax);
        _choices.Add(choice);
        return choice;
    }

    /// <summary>Takes over the answer's id and model. Answers whether either is another than before.</summary>
    public bool Name(ReadOnlySpan<byte> responseId, ReadOnlySpan<byte> model)
    {
        var isNew = false;
        if (!JsonText.Inner(responseId).IsEmpty && !responseId.SequenceEqual(_id))
        {
            _id = responseId.ToArray();
            isNew = true;
        }

        if (!JsonText.Inner(model).IsEmpty && !model.SequenceEqual(_model))
        {
            _model = model.ToArray();
            isNew = true;
        }

        return isNew;
    }

    /// <summary>What an answer or a chunk begins with, up to its choices.</summary>
    public void WriteHead(ref JsonSink to, ReadOnlySpan<byte> kind)
    {
        to.Raw("{\"id\":"u8);
        to.Raw(_id);
        to.Raw(",\"object\":\""u8);
        to.Raw(kind);
        to.Raw("\",\"created\":"u8);
        to.Number(created);
        to.Raw(",\"model\":"u8);
        to.Raw(_model);
        to.Raw(",\"choices\":"u8);
    }
}
