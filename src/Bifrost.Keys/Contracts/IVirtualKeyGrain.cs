namespace Bifrost.Keys.Contracts;

/// <summary>
/// Admission of one virtual key (grain key: the virtual key's id): is it alive, may it use this provider and model, is there room in
/// its windows, its calls in flight and its credit (contract sections 2, 6 and 7).
/// Both calls carry an attempt id and may be repeated: a repeated call changes nothing and answers the same, but that an attempt which has ended
/// is not admitted again.
/// </summary>
[Alias("bifrost.IVirtualKeyGrain")]
public interface IVirtualKeyGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes every limit of one try, or none. Refusals are values. A silo that died with the question is given up after ten seconds, and the caller asks
    /// again with the same attempt.
    /// </summary>
    [Alias("Admit"), ResponseTimeout("00:00:10")]
    Task<AdmitReply> Admit(AdmitRequest request);

    /// <summary>Ends what <see cref="Admit"/> began; completes when the entry is durable. Repeated by the caller until it completes.</summary>
    [Alias("Settle")]
    Task Settle(Settlement settlement);

    /// <summary>What the key has in hand at this moment on this activation.</summary>
    [Alias("Status")]
    Task<VirtualKeyStatus> Status();
}
