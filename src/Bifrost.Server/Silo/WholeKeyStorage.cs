using Orleans.Storage;

namespace Bifrost.Server.Silo;

/// <summary>
/// Gives Orleans' AdoNet storage whole keys. By itself it takes a key that looks like a number for one ("ab" and "AB" would share a row) and leaves the
/// grain's type out; with the type in front, as in the store of a process alone, no two grains meet, and both find the same rows.
/// </summary>
internal sealed class WholeKeyStorage(IGrainStorage rows) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        rows.ReadStateAsync(stateName, Whole(grainId), grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        rows.WriteStateAsync(stateName, Whole(grainId), grainState);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        rows.ClearStateAsync(stateName, Whole(grainId), grainState);

    private static GrainId Whole(GrainId grainId) => GrainId.Create(grainId.Type, IdSpan.Create(grainId.ToString()));
}
