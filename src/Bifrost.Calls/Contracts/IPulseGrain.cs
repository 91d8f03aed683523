namespace Bifrost.Calls.Contracts;

/// <summary>
/// Answers, and does nothing else: where it does, messages and turns of this silo's grains get on (grain key: <see cref="Key"/>). Always local.
/// </summary>
[Alias("bifrost.IPulseGrain")]
public interface IPulseGrain : IGrainWithStringKey
{
    const string Key = "pulse";

    [Alias("Beat"), ResponseTimeout("00:00:05")]
    Task Beat();
}
