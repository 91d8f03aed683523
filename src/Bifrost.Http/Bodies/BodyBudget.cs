using Bifrost.Calls.Limits;
using Bifrost.Http.Addresses;

namespace Bifrost.Http.Bodies;

/// <summary>
/// The limit on all buffered request bodies together, with a share for each key and each address. Taken as bytes arrive, so that a mere
/// announcement holds nothing.
/// </summary>
/// <param name="bytesMax">Bytes of all bodies.</param>
/// <param name="shareBytesMax">Bytes of one key's bodies, and of one address'.</param>
public sealed class BodyBudget(long bytesMax, long shareBytesMax = long.MaxValue)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    internal Shares<string> Keys { get; } = new();

    internal Shares<ClientAddress> Addresses { get; } = new();

    internal long ShareBytesMax => shareBytesMax;

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= bytesMax) return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
