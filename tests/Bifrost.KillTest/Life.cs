namespace Bifrost.KillTest;

/// <summary>One server process, from its start to its end.</summary>
internal sealed record Life(DateTimeOffset From, DateTimeOffset Until, bool Killed)
{
    /// <summary>From when on it may have told nobody what a call cost; null: until its end it could.</summary>
    public DateTimeOffset? CutOffAt { get; init; }

    /// <summary>Ids of the ledger are UUIDv7: their first 48 bits are the milliseconds of their making.</summary>
    public static DateTimeOffset MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = 0L;
        for (var i = 0; i < 6; i++) milliseconds = (milliseconds << 8) | bytes[i];
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    /// <summary>
    /// The index of the life in which an id was made; -1 for none. Of several at once it is the one that was killed next: what is missing can only be its.
    /// </summary>
    public static int Of(IReadOnlyList<Life> lives, Guid id)
    {
        var at = MadeAt(id);
        var found = -1;
        for (var i = 0; i < lives.Count; i++)
        {
            if (at < lives[i].From.AddMilliseconds(-1) || at > lives[i].Until) continue;
            if (found < 0 || (lives[i].Killed && (!lives[found].Killed || lives[i].Until < lives[found].Until))) found = i;
        }

        return found;
    }
}
