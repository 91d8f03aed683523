using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Providers.Exchanges;

/// <summary>
/// What of a request a provider cannot do. It fails the try, so that another target may take the call; where the provider's
/// <c>drop_unsupported</c> says so, the parameter is left out and named in the answer instead.
/// </summary>
internal sealed class MapFindings(Provider provider)
{
    private ImmutableArray<string> _dropped = [];

    /// <summary>Why the request cannot be sent; the first of the reasons.</summary>
    public ProviderFailure? Failure { get; private set; }

    /// <summary>Parameters that were left out.</summary>
    public ImmutableArray<string> Dropped => _dropped;

    /// <summary>A parameter that has no equivalent: left out, or the end of the try.</summary>
    /// <param name="param">Its name, as the caller wrote it.</param>
    /// <param name="why">A sentence without its beginning: "it takes one choice only".</param>
    public void Drop(string param, string why)
    {
        if (!provider.DropsUnsupported) Refuse(param, why);
        else LeftOut(param);
    }

    /// <summary>Left out whatever the setting says: the gateway itself took the room for it.</summary>
    public void LeftOut(string param)
    {
        if (!_dropped.Contains(param)) _dropped = _dropped.Add(param);
    }

    /// <summary>Something that cannot be left out without another meaning.</summary>
    public void Refuse(string param, string why) => Failure ??= ProviderFailures.Unsupported(provider.Name, param, why);

    /// <summary>The request itself is wrong, whoever gets it.</summary>
    public void Wrong(string param, string message) => Failure ??= ProviderFailures.BadParameter(param, message);
}
