namespace Bifrost.GcWatch;

/// <summary>
/// An unreachable object of generation 0, so the next collection hands it to the finalizer thread, where the collection is noted and the next mark is
/// laid. It costs one object a collection and nothing between them, unlike events of the runtime or polling.
/// </summary>
internal sealed class CollectionMark
{
    private readonly Collections _collections;

    private CollectionMark(Collections collections) => _collections = collections;

    public static void Follow(Collections collections) => _ = new CollectionMark(collections);

#pragma warning disable MA0055 // The finalizer is how a collection is noticed.
    ~CollectionMark()
#pragma warning restore MA0055
    {
        _collections.Note();
        Follow(_collections);
    }
}
