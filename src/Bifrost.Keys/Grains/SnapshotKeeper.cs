using Orleans.Storage;

namespace Bifrost.Keys.Grains;

/// <summary>
/// Writes a grain's snapshot when it changed. Lossy by design: a failure is told and made up for by the next write; a conflict means that
/// another activation wrote, so its counts are merged in.
/// </summary>
/// <param name="state">Where the snapshot is kept.</param>
/// <param name="changes">Grows with every change.</param>
/// <param name="snapshot">What to write.</param>
/// <param name="merge">Takes over what was written.</param>
/// <param name="lost">Told when a write failed.</param>
internal sealed class SnapshotKeeper<TState>(
    IPersistentState<TState> state, Func<long> changes, Func<TState> snapshot, Action<TState> merge, Action<Exception> lost)
{
    private long _written;

    public bool IsDirty => changes() != _written;

    /// <summary>Takes over what the last activation left.</summary>
    public void Restore() => merge(state.State);

    public async Task WriteAsync()
    {
        if (!IsDirty) return;
        try
        {
            try
            {
                await WriteOnceAsync();
            }
            catch (InconsistentStateException)
            {
                await state.ReadStateAsync();
                Restore();
                await WriteOnceAsync();
            }
        }
        catch (Exception e)
        {
            lost(e);
        }
    }

    private async Task WriteOnceAsync()
    {
        var written = changes();
        state.State = snapshot();
        await state.WriteStateAsync();
        _written = written;
    }
}
