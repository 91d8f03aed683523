namespace Bifrost.Catalog.Model;

/// <summary>Holds the silo's snapshot. Written by the loader of the configuration, read by all threads.</summary>
public sealed class CatalogHolder(CatalogSnapshot initial) : ICatalog
{
    private readonly Lock _gate = new();

    // Replaced under _gate; read without it.
    private volatile CatalogSnapshot _current = initial;

    public CatalogHolder() : this(CatalogSnapshot.Empty) { }

    /// <summary>Raised after a swap, on the swapping thread, in the order of the swaps; <see cref="Current"/> is the new one. Handlers must not swap.</summary>
    public event EventHandler? Changed;

    public CatalogSnapshot Current => _current;

    /// <summary>Takes <paramref name="next"/> unless it is older than the current one; says whether it was taken.</summary>
    public bool Swap(CatalogSnapshot next)
    {
        ArgumentNullException.ThrowIfNull(next);
        lock (_gate)
        {
            if (next.Version < _current.Version) return false;
            _current = next;
            Changed?.Invoke(this, EventArgs.Empty);
            return true;
        }
    }
}
