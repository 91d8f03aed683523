using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Bifrost.Storage.GrainState;

/// <summary>
/// Persistent state of grains as JSON rows of the store, for a process on its own. The ETag is the row's version. The grain's type
/// is part of the key, so two types may use one state name.
/// </summary>
internal sealed class GrainStateStore(IGrainStateRows rows) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        var row = await rows.ReadAsync(stateName, grainId.ToString(), cancellationToken);
        grainState.ETag = row is null ? null : TextOf(row.Version);
        grainState.RecordExists = row?.Payload is not null;
        grainState.State = row?.Payload is { } payload ? JsonSerializer.Deserialize<T>(payload) : Activator.CreateInstance<T>();
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        await WriteAsync(stateName, grainId, JsonSerializer.SerializeToUtf8Bytes(grainState.State), grainState, cancellationToken);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        await WriteAsync(stateName, grainId, null, grainState, cancellationToken);
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    private async Task WriteAsync<T>(string stateName, GrainId grainId, byte[]? payload, IGrainState<T> grainState, CancellationToken cancel)
    {
        long? version = grainState.ETag is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        grainState.ETag = await rows.WriteAsync(stateName, grainId.ToString(), payload, version, cancel) is { } written
            ? TextOf(written)
            : throw new InconsistentStateException(
                $"State '{stateName}' of {grainId} was written by somebody else since it was read.", "unknown", grainState.ETag ?? "none");
    }

    private static string TextOf(long version) => version.ToString(CultureInfo.InvariantCulture);
}
