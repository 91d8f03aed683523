namespace Bifrost.Ledger.Leases;

/// <summary>A first-in-first-out list of attempts that any of them can leave at no cost. An attempt is in at most one.</summary>
internal sealed class AttemptList
{
    public Attempt? First { get; private set; }
    public int Count { get; private set; }

    private Attempt? _last;

    public void Add(Attempt attempt)
    {
        attempt.Previous = _last;
        attempt.Next = null;
        if (_last is null) First = attempt;
        else _last.Next = attempt;
        _last = attempt;
        Count++;
    }

    public void Remove(Attempt attempt)
    {
        if (attempt.Previous is null) First = attempt.Next;
        else attempt.Previous.Next = attempt.Next;
        if (attempt.Next is null) _last = attempt.Previous;
        else attempt.Next.Previous = attempt.Previous;
        attempt.Previous = attempt.Next = null;
        Count--;
    }
}
