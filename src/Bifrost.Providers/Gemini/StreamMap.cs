using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What an event of the stream is.</summary>
internal enum StreamStep
{
    /// <summary>Nothing for the client.</summary>
    Nothing,

    /// <summary>A chunk was written.</summary>
    Chunk,

    /// <summary>The provider tells of an error.</summary>
    Error,

    /// <summary>The model failed without an answer; the chunk that was written tells its usage.</summary>
    Failed,
}

/// <summary>
/// Writes the events of a stream as chunks, one at most for an event. Signatures come once, whole, with the end of a choice, since clients join pieces of
/// them in different ways.
/// </summary>
internal sealed class StreamMap(AnswerState answer)
{
    private readonly ArrayBufferWriter<byte> _chunk = new(512);
    private byte[] _head = [];
    private bool _isBlocked;
    private bool _hasCandidates;
    private bool _isGrounded;

    /// <summary>The last chunk, valid until the next event.</summary>
    public ReadOnlyMemory<byte> Chunk => _chunk.WrittenMemory;

    /// <summary>Whether every choice has ended, or the prompt was not let through.</summary>
    public bool HasEnded => _isBlocked || answer.HasEnded;

    /// <summary>Why the model failed, in the provider's word.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Takes an event's data, one JSON object.</summary>
    public StreamStep Map(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> candidates = default, usage = default, feedback = default, id = default, model = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.IsNull) continue;
            if (members.Is("candidates"u8)) candidates = members.Value;
            else if (members.Is("usageMetadata"u8)) usage = members.Value;
            else if (members.Is("promptFeedback"u8)) feedback = members.Value;
            else if (members.Is("responseId"u8)) id = members.Value;
            else if (members.Is("modelVersion"u8)) model = members.Value;
            else if (members.Is("error"u8)) return StreamStep.Error;
        }

        if (answer.Name(id, model) || _head.Length == 0) _head = Head();
        var isTold = answer.Usage.Add(usage) && answer.Usage.IsTold;
        _chunk.ResetWrittenCount();
        var to = new JsonSink(_chunk);
        to.Raw(_head);
        to.Byte((byte)'[');
        var says = Write(ref to, candidates);
        if (!_hasCandidates && !_isBlocked && JsonText.IsText(JsonMembers.Find(feedback, "blockReason"u8)))
        {
            BlockMap.Write(ref to, feedback, whole: false);
            says = _isBlocked = true;
        }

        if (says || Failure.Length > 0)
        {
            to.Byte((byte)']');
            if (_isGrounded) WriteResults(ref to, candidates);
        }
        else if (isTold)
        {
            // What was written of the choices says nothing: the usage goes alone.
            to.Flush();
            _chunk.ResetWrittenCount();
            to = new JsonSink(_chunk);
            to.Raw(_head);
            to.Raw("[]"u8);
        }
        else
        {
            return StreamStep.Nothing;
        }

        if (isTold)
        {
            answer.Usage.WriteTier(ref to);
            answer.Usage.Write(ref to);
        }

        to.Byte((byte)'}');
        to.Flush();
        return Failure.Length > 0 ? StreamStep.Failed : StreamStep.Chunk;
    }

    private bool Write(ref JsonSink to, ReadOnlySpan<byte> candidates)
    {
        var says = _hasCandidates = _isGrounded = false;
        var items = new JsonItems(candidates);
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            _hasCandidates = true;
            var candidate = Candidate.Read(items.Value);
            var choice = answer.Choice(candidate.Index ?? items.Index);
            if (!candidate.Grounding.IsEmpty)
            {
                _isGrounded = true;
                answer.Usage.Searches += GroundingMap.Searches(candidate.Grounding, answer.Model);
            }

            says |= CandidateMap.Write(ref to, candidate, choice, answer, whole: false);
            if (!choice.HasOutput && FinishReasons.IsFailure(candidate.Reason)) Failure = JsonText.Read(candidate.Reason) ?? "";
        }

        return says;
    }

    private static void WriteResults(ref JsonSink to, ReadOnlySpan<byte> candidates)
    {
        var any = false;
        var items = new JsonItems(candidates);
        while (items.Next()) GroundingMap.WriteResults(ref to, JsonMembers.Find(items.Value, "groundingMetadata"u8), ref any);
        if (any) to.Byte((byte)']');
    }

    /// <summary>What every chunk begins with, up to its choices.</summary>
    private byte[] Head()
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        var to = new JsonSink(buffer);
        answer.WriteHead(ref to, "chat.completion.chunk"u8);
        to.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
