using Bifrost.Core.Keys;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Bifrost.Grains.Keys;

/// <summary>
/// Writes a key's snapshot when it changed. Lossy by design: a failure is logged and made up for by the next write; a conflict means that
/// another activation wrote, so its counts are merged in.
/// </summary>
internal sealed class KeyStateKeeper(string virtualKeyId, IPersistentState<VirtualKeyState> state, KeyAdmission admission, ILogger log)
{
    private long _written;

    public bool IsDirty => admission.Changes != _written;

    /// <summary>Takes over what the last activation left.</summary>
    public void Restore() => admission.Merge(KeyStateMap.ToSnapshot(state.State));

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
            Log.KeySnapshotLost(log, virtualKeyId, e);
        }
    }

    private async Task WriteOnceAsync()
    {
        var changes = admission.Changes;
        state.State = KeyStateMap.ToState(admission.Snapshot());
        await state.WriteStateAsync();
        _written = changes;
    }
}
