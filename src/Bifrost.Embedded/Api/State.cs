namespace Orleans.Core
{
    /// <summary>State of an activation and its storage. Operations on one state never overlap.</summary>
    public interface IStorage
    {
        string? Etag { get; }

        bool RecordExists { get; }

        Task ReadStateAsync();

        /// <summary>Conditional on <see cref="Etag"/>; a conflict is an InconsistentStateException. Writes that still wait are joined.</summary>
        Task WriteStateAsync();

        Task ClearStateAsync();

        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();

        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();
    }

    /// <inheritdoc cref="IStorage"/>
    public interface IStorage<TState> : IStorage
    {
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    /// <summary>Named state of an activation, read before it activates.</summary>
    public interface IPersistentState<TState> : Orleans.Core.IStorage<TState>;

    /// <summary>
    /// Asks for an <see cref="IPersistentState{TState}"/> in a grain's constructor. The storage is the keyed <c>IGrainStorage</c> of that name,
    /// the unkeyed one when none is named.
    /// </summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null) : Attribute
    {
        public string StateName { get; } = stateName;

        public string? StorageName { get; } = storageName;
    }
}
