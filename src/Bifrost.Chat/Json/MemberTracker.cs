using System.Text.Json;

namespace Bifrost.Chat.Json;

/// <summary>
/// Follows the members of one object, so that a kept one knows its neighbours. Of two members of one name the later one counts, as in
/// most parsers; the earlier one is noted to be left out.
/// </summary>
internal struct MemberTracker
{
    private int _currentName;

    /// <summary>Just behind the last finished member's value; 0 before the first.</summary>
    public int Tail { get; private set; }

    /// <summary>The reader stands on a member's name.</summary>
    public JsonMember Start(in Utf8JsonReader reader)
    {
        _currentName = (int)reader.TokenStartIndex;
        return new JsonMember { NameStart = _currentName, PreviousEnd = Tail };
    }

    /// <summary>The reader stands at the end of a member's value.</summary>
    public void End(in Utf8JsonReader reader) => Tail = (int)reader.BytesConsumed;

    /// <summary>Skips the value of the name that the reader stands on and keeps the member.</summary>
    public void Take(ref Utf8JsonReader reader, ref JsonMember kept, JsonMember member, ref List<JsonMember>? overridden)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isNull = reader.TokenType == JsonTokenType.Null;
        reader.Skip();
        Keep(reader, ref kept, member, start, isNull, ref overridden);
    }

    /// <summary>The reader stands at the end of the member's value; <paramref name="kept"/> holds an earlier one of its name, or nothing.</summary>
    public void Keep(
        in Utf8JsonReader reader, ref JsonMember kept, JsonMember member, int valueStart, bool isNull, ref List<JsonMember>? overridden)
    {
        End(reader);
        if (kept.Exists) Override(kept, ref member, ref overridden);
        member.Value = new JsonSpan(valueStart, Tail);
        member.IsNull = isNull;
        kept = member;
    }

    private static void Override(in JsonMember earlier, ref JsonMember later, ref List<JsonMember>? overridden)
    {
        (overridden ??= []).Add(earlier);

        // Side by side, the two go together when the later one is dropped as well.
        if (earlier.Value.End == later.PreviousEnd) later.PreviousEnd = earlier.PreviousEnd;
    }
}
