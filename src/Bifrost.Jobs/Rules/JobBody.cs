using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Envelope;

namespace Bifrost.Jobs.Rules;

/// <summary>The body that a job keeps: the caller's own, and where the path named the model, with that model in it.</summary>
public static class JobBody
{
    /// <summary>A copy that outlives the request.</summary>
    /// <param name="envelope">The checked request.</param>
    /// <param name="deployment">The model that the path named; null: the body names it.</param>
    public static ReadOnlyMemory<byte> Keep(ChatEnvelope envelope, string? deployment)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        if (deployment is null) return envelope.Body.ToArray();

        // The edits of a target name its model and drop the fallbacks, which only a gateway reads; the job's own reading needs them again.
        var edits = envelope.EditsFor(new UpstreamShape(envelope.Model, AskStreamUsage: false, ClampOutputTokens: 0));
        var body = new ArrayBufferWriter<byte>(EditWriter.LengthOf(envelope.Body.Length, edits.AsSpan()) + 1);
        EditWriter.Write(body, envelope.Body.Span, edits.AsSpan());
        return envelope.Fallbacks.IsEmpty ? body.WrittenMemory : WithFallbacks(body.WrittenSpan, envelope.Fallbacks);
    }

    private static ReadOnlyMemory<byte> WithFallbacks(ReadOnlySpan<byte> body, ImmutableArray<string> fallbacks)
    {
        var inside = body.IndexOf((byte)'{') + 1;
        var names = string.Join(',', fallbacks.Select(name => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(name)}\""));
        return (byte[])[.. body[..inside], .. Encoding.UTF8.GetBytes($"\"fallbacks\":[{names}],"), .. body[inside..]];
    }
}
