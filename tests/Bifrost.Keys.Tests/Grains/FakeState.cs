using Bifrost.Keys.Grains;
using Orleans.Storage;

namespace Bifrost.Keys.Tests.Grains;

/// <summary>State of one activation over a row that others may write too.</summary>
internal sealed class FakeState(FakeState.Row row) : IPersistentState<VirtualKeyState>
{
    private int _version = row.Version;

    public VirtualKeyState State { get; set; } = row.Value;

    public string? Etag => $"{_version}";

    public bool RecordExists => row.Version > 0;

    /// <summary>Every write fails with this while it is set.</summary>
    public Exception? Trouble { get; set; }

    public int Writes { get; private set; }

    public Task ReadStateAsync()
    {
        (_version, State) = (row.Version, row.Value);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync()
    {
        Writes++;
        if (Trouble is not null) return Task.FromException(Trouble);
        if (_version != row.Version) return Task.FromException(new InconsistentStateException("Somebody else wrote it."));
        _version = ++row.Version;
        row.Value = State;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync() => throw new NotSupportedException();

    internal sealed class Row
    {
        public int Version { get; set; }
        public VirtualKeyState Value { get; set; } = new();
    }
}
