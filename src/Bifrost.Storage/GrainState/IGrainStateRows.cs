namespace Bifrost.Storage.GrainState;

/// <summary>The rows of <c>grain_state</c>. Versions begin at 1.</summary>
internal interface IGrainStateRows
{
    /// <summary>Null: never written. A payload of null: cleared.</summary>
    Task<GrainStateRow?> ReadAsync(string name, string grainKey, CancellationToken cancel);

    /// <summary>
    /// Writes a payload (null clears) where the version is still <paramref name="version"/> (null: where there is no row). Answers the new
    /// version, or null when somebody else was faster.
    /// </summary>
    Task<long?> WriteAsync(string name, string grainKey, byte[]? payload, long? version, CancellationToken cancel);
}

internal sealed record GrainStateRow(byte[]? Payload, long Version);
