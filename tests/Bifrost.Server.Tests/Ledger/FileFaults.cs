namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// The real server on SQLite while the system refuses its writes (as a full disk, a quota or a failing one does): it fails closed within 5 s,
/// recovers by itself when there is room again, and the books balance to the nano-dollar.
/// </summary>
public sealed class FileFaults
{
    /// <summary>How long credit in hand, and the last heartbeat, last.</summary>
    private static readonly TimeSpan s_failsClosed = TimeSpan.FromSeconds(5);

    /// <summary>What a write that does not fit leaves free at most: a page of the database and its frame.</summary>
    private const int PageBytes = 8_192;

    /// <summary>No write at all; and room that the load uses up, so that a write fails in the middle of a transaction. Side by side, since they mostly wait.</summary>
    [Fact]
    public async Task Nobody_is_admitted_while_nothing_can_be_written_and_no_entry_is_lost() =>
        await Task.WhenAll(FailsClosedAsync(roomBytes: null), FailsClosedAsync(roomBytes: 64 * 1024));

    private static async Task FailsClosedAsync(long? roomBytes)
    {
        await using var rig = await FaultRig.StartOnFilesAsync();
        var load = rig.Load();
        await load.UntilAsync(100, TimeSpan.Zero, call => call.Paid);
        var limit = roomBytes is { } room ? rig.LargestFileBytes + room : 1;
        await rig.Process.LimitFilesAsync(limit);
        if (roomBytes is not null)
        {
            // A loaded machine alone makes a call unavailable now and then: the room must be used up besides.
            await Eventually.UntilAsync(() => rig.LargestFileBytes >= limit - PageBytes);
            await load.UntilAsync(1, SteadyLoad.Now, call => call.Unavailable);
        }

        var closed = SteadyLoad.Now + s_failsClosed;
        await load.UntilAsync(50, closed, _ => true);
        Assert.All(load.Calls.Where(call => call.Began > closed), call => Assert.True(call.Unavailable, call.ToString()));
        await rig.Process.LimitFilesAsync(null);
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        await rig.BalanceAsync(load);
    }
}
