using Orleans.Runtime;

namespace Orleans
{
    /// <summary>What a storage fills and reads.</summary>
    public interface IGrainState<T>
    {
        T? State { get; set; }

        string? ETag { get; set; }

        bool RecordExists { get; set; }
    }

    /// <inheritdoc cref="IGrainState{T}"/>
    public sealed class GrainState<T>(T? state, string? eTag) : IGrainState<T>
    {
        public GrainState() : this(default, null) { }

        public GrainState(T? state) : this(state, null) { }

        public T? State { get; set; } = state;

        public string? ETag { get; set; } = eTag;

        public bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>
    /// Where persistent state is kept. A write or clear with an ETag that is not the stored one fails with <see cref="InconsistentStateException"/>.
    /// A read that finds nothing leaves the state alone; a clear leaves a new, empty one: the engine does neither.
    /// </summary>
    public interface IGrainStorage
    {
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ReadStateAsync(stateName, grainId, grainState);

        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            WriteStateAsync(stateName, grainId, grainState);

        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ClearStateAsync(stateName, grainId, grainState);
    }

    /// <summary>Somebody else wrote the state. Escaping from a grain call it ends the activation, so that the next call reads afresh.</summary>
    public class InconsistentStateException : OrleansException
    {
        public InconsistentStateException() { }

        public InconsistentStateException(string message) : base(message) { }

        public InconsistentStateException(string message, Exception? innerException) : base(message, innerException) { }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag) : this(errorMsg, storedEtag, currentEtag, null) { }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
            : base(errorMsg, storageException) => (StoredEtag, CurrentEtag) = (storedEtag, currentEtag);

        public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
            : this(storageException.Message, storedEtag, currentEtag, storageException) { }

        public string? StoredEtag { get; }

        public string? CurrentEtag { get; }

        /// <summary>Only the activation whose storage conflicted ends, not every grain that the exception passes.</summary>
        internal bool IsSourceActivation { get; set; } = true;
    }
}
