using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>Turns what the network threw into a classified failure. Messages name no address: they are shown to callers.</summary>
internal static class TransportFailure
{
    /// <summary>Whether this is the network's or the clock's doing; anything else is a bug and flies on.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is OperationCanceledException or HttpRequestException or IOException or InvalidDataException;

    /// <summary>Before the answer's headers came.</summary>
    public static ProviderFailure BeforeAnswer(Exception exception, Provider provider, PhaseTimer timer)
    {
        var name = provider.Name;
        if (timer.Token.IsCancellationRequested) return timer.WhyCancelled(name);
        if (exception is OperationCanceledException)
            return ProviderFailures.Timeout($"No connection to provider '{name}' within {provider.ConnectTimeoutMs} ms.");
        return (exception as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => ProviderFailures.Connect($"The address of provider '{name}' cannot be resolved."),
            HttpRequestError.SecureConnectionError => ProviderFailures.Connect($"No secure connection to provider '{name}' could be agreed on."),
            HttpRequestError.ConnectionError => ProviderFailures.Connect($"No connection to provider '{name}'."),
            HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
                ProviderFailures.BadAnswer($"Provider '{name}' answered with something that is not HTTP."),
            _ => ProviderFailures.Connect($"The connection to provider '{name}' broke before it answered."),
        };
    }

    /// <summary>While the answer was being read.</summary>
    public static ProviderFailure WithinAnswer(Exception exception, Provider provider, PhaseTimer timer)
    {
        if (timer.Token.IsCancellationRequested) return timer.WhyCancelled(provider.Name);
        return ProviderFailures.BadAnswer(exception is InvalidDataException
            ? $"Provider '{provider.Name}' compressed its answer, and it cannot be decompressed."
            : $"Provider '{provider.Name}' cut the connection in the middle of its answer.");
    }
}
