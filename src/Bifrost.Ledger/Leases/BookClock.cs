using Bifrost.Ledger.Ids;

namespace Bifrost.Ledger.Leases;

/// <summary>The book's monotonic clock: time since the book was made, and ids of the moment. Never changes; read by any thread.</summary>
internal sealed class BookClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    public TimeProvider Provider => time;

    public TimeSpan Now => time.GetElapsedTime(_origin);

    public Guid NewId() => Uuid.New(time);
}
