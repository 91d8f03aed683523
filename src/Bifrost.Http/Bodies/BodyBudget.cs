namespace Bifrost.Http.Bodies;

/// <summary>The limit on all buffered request bodies together. Taken as bytes arrive, so that a mere announcement holds nothing.</summary>
public sealed class BodyBudget(long bytesMax)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= bytesMax) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
