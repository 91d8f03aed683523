namespace Bifrost.Calls.Contracts;

/// <summary>
/// What the silos say of themselves, for people to look at (grain key: <see cref="Key"/>). Each reports once a second, in one message. Nothing is decided by
/// it: it is lost with its activation, and filled again within a second.
/// </summary>
[Alias("bifrost.IBoardGrain")]
public interface IBoardGrain : IGrainWithStringKey
{
    const string Key = "board";

    /// <summary>Takes the place of the silo's last report; an older one changes nothing.</summary>
    [Alias("Report"), ResponseTimeout("00:00:05")]
    Task Report(SiloReport report);

    /// <summary>The last report of each silo that has reported lately.</summary>
    [Alias("Read"), ResponseTimeout("00:00:05")]
    Task<BoardView> Read();
}
