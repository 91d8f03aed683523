using System.Globalization;

namespace Bifrost.Engine.Tests;

[Alias("test.IChainGrain")]
public interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls the grain of the next number, and so on to the last; answers how many calls that took.</summary>
    [Alias("Go"), ResponseTimeout("00:00:30")]
    Task<int> Go(string prefix, int at, int last);
}

public sealed class ChainGrain : Grain, IChainGrain
{
    public async Task<int> Go(string prefix, int at, int last) => at == last
        ? 0
        : 1 + await GrainFactory.GetGrain<IChainGrain>(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{at + 1}")).Go(prefix, at + 1, last);
}
