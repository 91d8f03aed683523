using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>
/// Works out the edits of one target: rename the model, drop the fallbacks, ask for the stream's usage, clamp the output limit. New
/// members go right behind the body's opening brace, where a comma after them is always right: a checked body is never empty.
/// </summary>
internal static class ChatEdits
{
    // Lead, model, fallbacks, the name and the values of two token limits, stream options, service tier.
    private const int EditsMax = 8;

    // All that a lead is made of but the model's name and the tier's.
    private const int LeadBytes = 160;
    private const int Utf8BytesOfCharMax = 3;
    private const int BytesOnStack = 1_024;

    private static readonly byte[] True = "true"u8.ToArray();
    private static readonly byte[] IncludeUsage = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] IncludeUsageFirst = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] StreamOptionsValue = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] MaxTokensName = "\"max_tokens\":"u8.ToArray();
    private static readonly byte[] StreamOptionsMember = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();

    public static ImmutableArray<Edit> For(ChatEnvelope envelope, in UpstreamShape shape)
    {
        var list = new EditList();
        ref readonly var facts = ref envelope.Facts;
        var body = envelope.Body.Span;
        var asksUsage = shape.AskStreamUsage && facts.Stream && !facts.IncludeUsage;
        var clamp = shape.ClampOutputTokens;
        var clampsAbsent = clamp > 0 && facts.MaxTokens == 0 && facts.MaxCompletionTokens == 0;

        list.Lead(facts.Inside, LeadOf(facts, shape, asksUsage, clampsAbsent));
        Rename(ref list, body, facts.ModelMember, shape.Model);
        if (facts.FallbacksMember.Exists) list.Add(facts.FallbacksMember.WholeIn(body), default);
        Limit(ref list, facts, shape, clampsAbsent);
        if (asksUsage && facts.StreamOptionsMember.Exists) AskUsage(ref list, facts);
        if (shape.ServiceTier is { } tier && facts.ServiceTierMember.Exists)
            list.Add(facts.ServiceTierMember.Value, Encoding.UTF8.GetBytes(Quoted(tier)));
        return list.ToSortedArray();
    }

    private static ReadOnlyMemory<byte> LeadOf(in ChatFacts facts, in UpstreamShape shape, bool asksUsage, bool clampsAbsent)
    {
        var addsModel = !facts.ModelMember.Exists;
        var addsClamp = clampsAbsent && !facts.MaxCompletionTokensMember.Exists && !(shape.LimitIsMaxTokens && facts.MaxTokensMember.Exists);
        var addsUsage = asksUsage && !facts.StreamOptionsMember.Exists;
        var addsTier = shape.ServiceTier is not null && !facts.ServiceTierMember.Exists;
        if (!addsModel && !addsClamp && !addsTier) return addsUsage ? StreamOptionsMember : default;

        var model = addsModel ? Escaped(shape.Model) : "";
        var tier = addsTier ? Escaped(shape.ServiceTier!) : "";
        var bytesMax = LeadBytes + ((model.Length + tier.Length) * Utf8BytesOfCharMax);
        var lead = new ByteText(bytesMax <= BytesOnStack ? stackalloc byte[bytesMax] : new byte[bytesMax]);
        if (addsModel) lead.Add("\"model\":\""u8, model, "\","u8);
        if (addsClamp) lead.Add(shape.LimitIsMaxTokens ? "\"max_tokens\":"u8 : "\"max_completion_tokens\":"u8, shape.ClampOutputTokens, ","u8);
        if (addsTier) lead.Add("\"service_tier\":\""u8, tier, "\","u8);
        if (addsUsage) lead.Add(StreamOptionsMember);
        return lead.ToArray();
    }

    private static void Rename(ref EditList list, ReadOnlySpan<byte> body, in JsonMember member, string model)
    {
        if (!member.Exists) return;
        var value = member.Value.Of(body);
        if (!member.IsNull && !value.Contains((byte)'\\'))
        {
            // The usual case, "provider/model" at "provider": the prefix goes, and nothing has to be written.
            var text = value[1..^1];
            var prefix = text.Length - model.Length;
            if (prefix >= 0 && Ascii.Equals(text[prefix..], model))
            {
                if (prefix > 0) list.Add(new(member.Value.Start + 1, member.Value.Start + 1 + prefix), default);
                return;
            }
        }

        list.Add(member.Value, Encoding.UTF8.GetBytes(Quoted(model)));
    }

    /// <summary>Lowers the limits that the request names, and names them as the provider knows them.</summary>
    private static void Limit(ref EditList list, in ChatFacts facts, in UpstreamShape shape, bool clampsAbsent)
    {
        var clamp = shape.ClampOutputTokens;
        var (hasOld, hasNew) = (facts.MaxTokensMember.Exists, facts.MaxCompletionTokensMember.Exists);
        if (!shape.LimitIsMaxTokens)
        {
            if (clamp > 0 && facts.MaxTokens > clamp) list.Add(facts.MaxTokensMember.Value, Digits(clamp));
            if (hasNew && (clampsAbsent || (clamp > 0 && facts.MaxCompletionTokens > clamp)))
                list.Add(facts.MaxCompletionTokensMember.Value, Digits(clamp));
            return;
        }

        // The larger of both is what the call is held at.
        var asked = Math.Max(facts.MaxTokens, facts.MaxCompletionTokens);
        var limit = clamp > 0 && (asked == 0 || asked > clamp) ? clamp : asked;
        if (limit == 0) return;
        if (hasOld && facts.MaxTokens != limit) list.Add(facts.MaxTokensMember.Value, Digits(limit));
        if (!hasNew) return;
        var member = facts.MaxCompletionTokensMember;
        if (!hasOld) list.Add(new(member.NameStart, member.Value.Start), MaxTokensName);
        if (facts.MaxCompletionTokens != limit) list.Add(member.Value, Digits(limit));
    }

    private static void AskUsage(ref EditList list, in ChatFacts facts)
    {
        if (facts.StreamOptionsMember.IsNull) list.Add(facts.StreamOptionsMember.Value, StreamOptionsValue);
        else if (facts.IncludeUsageValue.Exists) list.Add(facts.IncludeUsageValue, True);
        else
        {
            var inside = facts.StreamOptionsMember.Value.Start + 1;
            list.Add(new(inside, inside), facts.StreamOptionsEmpty ? IncludeUsage : IncludeUsageFirst);
        }
    }

    private static string Escaped(string text) => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);

    private static string Quoted(string text) => $"\"{Escaped(text)}\"";

    private static byte[] Digits(int value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>UTF-8 text, put together in room that the caller has measured.</summary>
    private ref struct ByteText(Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _length;

        public void Add(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_room[_length..]);
            _length += text.Length;
        }

        public void Add(ReadOnlySpan<byte> before, string text, ReadOnlySpan<byte> after)
        {
            Add(before);
            _length += Encoding.UTF8.GetBytes(text, _room[_length..]);
            Add(after);
        }

        public void Add(ReadOnlySpan<byte> before, int number, ReadOnlySpan<byte> after)
        {
            Add(before);
            if (!Utf8Formatter.TryFormat(number, _room[_length..], out var digits)) throw new InvalidOperationException("The room is too small.");
            _length += digits;
            Add(after);
        }

        public readonly byte[] ToArray() => _room[.._length].ToArray();
    }

    private struct EditList
    {
        private Slots _slots;
        private int _count;

        public void Lead(int offset, ReadOnlyMemory<byte> bytes)
        {
            if (!bytes.IsEmpty) Add(new(offset, offset), bytes);
        }

        /// <summary>Keeps the list ordered; of two at one offset the first added stays first.</summary>
        public void Add(JsonSpan where, ReadOnlyMemory<byte> bytes)
        {
            var at = _count++;
            for (; at > 0 && _slots[at - 1].Offset > where.Start; at--) _slots[at] = _slots[at - 1];
            _slots[at] = new Edit(where.Start, where.Length, bytes);
        }

        public readonly ImmutableArray<Edit> ToSortedArray()
        {
            if (_count == 0) return [];
            var edits = new Edit[_count];
            for (var i = 0; i < _count; i++) edits[i] = _slots[i];
            return ImmutableCollectionsMarshal.AsImmutableArray(edits);
        }
    }

    [System.Runtime.CompilerServices.InlineArray(EditsMax)]
    private struct Slots
    {
        private Edit _first;
    }
}
