namespace Bifrost.Calls.Contracts;

/// <summary>
/// Dispatch to one upstream provider (grain key: the provider's name), one activation per silo and always local, so that bodies and
/// streams pass by reference.
/// </summary>
[Alias("bifrost.IProviderGrain")]
public interface IProviderGrain : IGrainWithStringKey
{
    /// <summary>
    /// Begins one try (<see cref="ProviderCall.Try"/>), which then has the answer: a body, a live stream after its first event, or a classified
    /// failure. The caller owns and disposes the reply's body.
    /// </summary>
    [Alias("Dispatch")]
    Task Dispatch(ProviderCall call);

    /// <summary>Calls under way, calls waiting and the state of the circuits on this silo.</summary>
    [Alias("Status")]
    Task<ProviderStatus> Status();
}
