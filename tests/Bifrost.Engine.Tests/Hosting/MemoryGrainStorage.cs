using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Storage;

namespace Bifrost.Engine.Tests;

/// <summary>Grain state by value, with ETags; says when operations on one state overlap.</summary>
internal sealed class MemoryGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string State, GrainId Grain), (int Version, string? Json)> _rows = new();
    private readonly ConcurrentDictionary<(string State, GrainId Grain), int> _busy = new();

    private int _writes;

    public int Writes => _writes;

    /// <summary>Writes wait for this, so that tests can pile them up.</summary>
    public Func<GrainId, Task> BeforeWrite { get; set; } = _ => Task.CompletedTask;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Alone(stateName, grainId, () =>
    {
        Fill(grainState, _rows.GetValueOrDefault((stateName, grainId)));
        return Task.CompletedTask;
    });

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Alone(stateName, grainId, async () =>
    {
        await BeforeWrite(grainId);
        Interlocked.Increment(ref _writes);
        Change(stateName, grainId, grainState, JsonSerializer.Serialize(grainState.State));
    });

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Alone(stateName, grainId, () =>
    {
        Change(stateName, grainId, grainState, json: null);
        // The storage's part on both engines: a cleared state is an empty one, not null.
        grainState.State = Activator.CreateInstance<T>();
        return Task.CompletedTask;
    });

    private async Task Alone(string stateName, GrainId grainId, Func<Task> operation)
    {
        var key = (stateName, grainId);
        if (_busy.AddOrUpdate(key, 1, (_, busy) => busy + 1) > 1) throw new InvalidOperationException("Operations on one state overlap.");
        try
        {
            await operation();
        }
        finally
        {
            _busy.AddOrUpdate(key, 0, (_, busy) => busy - 1);
        }
    }

    private void Change<T>(string stateName, GrainId grainId, IGrainState<T> grainState, string? json)
    {
        var stored = _rows.GetValueOrDefault((stateName, grainId));
        var storedEtag = stored.Version == 0 ? null : $"{stored.Version}";
        if (storedEtag != grainState.ETag) throw new InconsistentStateException("Somebody else wrote it.", storedEtag, grainState.ETag);
        var next = (stored.Version + 1, json);
        _rows[(stateName, grainId)] = next;
        grainState.ETag = $"{next.Item1}";
        grainState.RecordExists = json is not null;
    }

    private static void Fill<T>(IGrainState<T> grainState, (int Version, string? Json) row)
    {
        grainState.ETag = row.Version == 0 ? null : $"{row.Version}";
        grainState.RecordExists = row.Json is not null;
        if (row.Json is not null) grainState.State = JsonSerializer.Deserialize<T>(row.Json);
    }
}
