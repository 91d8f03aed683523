namespace Bifrost.Calls.Limits;

/// <summary>
/// What one large answer has of the room: taken once and at its most, so that nobody waits who has some. Belongs to one user at a time; disposing it,
/// also twice, gives all of it back.
/// </summary>
public sealed class AnswerClaim(AnswerRoom room, string key) : IDisposable
{
    private long _bytes;

    /// <summary>Takes room, once there is some. Only for a claim that has none.</summary>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        bytes = room.Fitting(bytes);
        await room.TakeAsync(key, bytes, cancellationToken).ConfigureAwait(false);
        Interlocked.Exchange(ref _bytes, bytes);
    }

    /// <summary>Gives back what is above so many bytes.</summary>
    public void Shrink(long bytes)
    {
        var less = Volatile.Read(ref _bytes) - bytes;
        if (less <= 0) return;
        Interlocked.Add(ref _bytes, -less);
        room.GiveBack(key, less);
    }

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, 0);
        if (bytes == 0) return;
        room.GiveBack(key, bytes);
        LargeArrays.Leave(bytes);
    }
}
