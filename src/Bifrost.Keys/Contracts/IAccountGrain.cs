namespace Bifrost.Keys.Contracts;

/// <summary>
/// The request and token windows that many keys share (grain key: <c>team:ID</c>, <c>customer:ID</c> or <c>limit:ID</c>). Keys' grains
/// take slices of them, spend these in memory and give back what is left. Every call that changes something carries slice ids and may be
/// repeated: a repeated call changes nothing and answers the same.
/// </summary>
[Alias("bifrost.IAccountGrain")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Takes back what the request reports, then hands out a slice, or refuses with numbers.</summary>
    [Alias("Take"), ResponseTimeout("00:00:05")]
    Task<SliceReply> Take(SliceRequest request);

    /// <summary>Takes back what is left of slices, and corrects what their calls used.</summary>
    [Alias("Return"), ResponseTimeout("00:00:05")]
    Task Return(SliceReturn reports);

    /// <summary>The windows at this moment, as this activation knows them.</summary>
    [Alias("Status")]
    Task<AccountStatus> Status();
}
