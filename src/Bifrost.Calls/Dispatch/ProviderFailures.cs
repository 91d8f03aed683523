using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>Failures of a try that the gateway itself finds, with the status and type of contract section 6.</summary>
public static class ProviderFailures
{
    private const long DrainedRetryMs = 5_000;
    private const long ShareFullRetryMs = 1_000;

    public static ProviderFailure Connect(string message) => Make(FailureKind.Connect, 502, ErrorTypes.ProviderUnavailable, message);

    public static ProviderFailure BadAnswer(string message) => Make(FailureKind.BadAnswer, 502, ErrorTypes.ProviderUnavailable, message);

    public static ProviderFailure Timeout(string message) => Make(FailureKind.Timeout, 504, ErrorTypes.RequestTimedOut, message);

    public static ProviderFailure Aborted() => Make(FailureKind.Aborted, 499, ErrorTypes.RequestCancelled, "The caller left.");

    public static ProviderFailure QueueFull(string provider, int queueMax) => Make(
        FailureKind.QueueFull, 503, ErrorTypes.RequestDropped, $"The queue of provider '{provider}' is full ({queueMax} calls are waiting).");

    /// <summary>The virtual key has as many calls at the provider, running and waiting, as one key may.</summary>
    public static ProviderFailure ShareFull(string provider) => Make(
        FailureKind.QueueFull, 429, ErrorTypes.ConcurrencyLimited,
        $"This virtual key has as many calls running and waiting at provider '{provider}' as one key may; one that ends makes room.") with
    {
        RetryAfterMs = ShareFullRetryMs,
    };

    public static ProviderFailure NoSuchProvider(string provider) => Make(
        FailureKind.ModelNotFound, 404, ErrorTypes.NotFound, $"Provider '{provider}' is not configured.");

    /// <summary>A name of a model that has characters which none of the provider's has.</summary>
    public static ProviderFailure NoSuchModel(string provider) => Make(
        FailureKind.ModelNotFound, 404, ErrorTypes.NotFound,
        $"Provider '{provider}' has no model of this name: names there are made of letters, digits, '.', '_' and '-'.") with
    {
        Param = "model",
    };

    /// <summary>Like an open circuit, but an operator closes it.</summary>
    public static ProviderFailure Drained(string provider) => Make(
        FailureKind.CircuitOpen, 502, ErrorTypes.ProviderUnavailable, $"Provider '{provider}' is drained: an operator lets no new calls go to it.") with
    {
        RetryAfterMs = DrainedRetryMs,
    };

    /// <summary>A name that no model of the provider can have.</summary>
    public static ProviderFailure NoSuchModel(string provider, string model) => Make(
        FailureKind.ModelNotFound, 404, ErrorTypes.NotFound, $"Provider '{provider}' has no model '{model}'.") with
    {
        Code = "model_not_found",
        Param = "model",
    };

    /// <summary>The credential is one that tokens are got by, and the authority refused it.</summary>
    public static ProviderFailure NoToken(string provider, string said) => Make(
        FailureKind.KeyRejected, 502, ErrorTypes.CredentialsExhausted, $"Provider '{provider}' needs a token, and its authority refused one: {said}");

    public static ProviderFailure NoSuchDialect(string provider, string dialect) => Make(
        FailureKind.Connect, 502, ErrorTypes.ProviderUnavailable,
        $"Provider '{provider}' needs the dialect '{dialect}', which this gateway does not speak.");

    /// <summary>A parameter that this provider has no equivalent of; another target may have one (contract section 6).</summary>
    public static ProviderFailure Unsupported(string provider, string param, string why) => Make(
        FailureKind.Unsupported, 400, ErrorTypes.UnsupportedParameter,
        $"Provider '{provider}' cannot do `{param}`: {why}. Leave it out, name a fallback that can, or set `drop_unsupported` for the provider.") with
    {
        Param = param,
    };

    /// <summary>A parameter that is wrong in itself.</summary>
    public static ProviderFailure BadParameter(string param, string message) =>
        Make(FailureKind.BadRequest, 400, ErrorTypes.InvalidRequest, message) with { Param = param };

    public static ProviderFailure KeysExhausted(string message) => Make(FailureKind.KeysExhausted, 502, ErrorTypes.CredentialsExhausted, message);

    /// <summary>No key is left that the provider did not refuse; what it said of the last one is kept.</summary>
    public static ProviderFailure KeysRejected(string provider, string said) =>
        KeysExhausted($"Every key of provider '{provider}' was rejected by it, the last one with: {said}");

    /// <summary>A virtual key where a provider's own credential belongs (contract section 2).</summary>
    public static ProviderFailure VirtualKeyAsCredential(string provider) => Make(
        FailureKind.KeyRejected, 502, ErrorTypes.CredentialsExhausted,
        $"The credential for provider '{provider}' is a virtual key; these are never sent upstream.");

    /// <summary>No access token could be had for a credential.</summary>
    /// <param name="message">Whose, and why.</param>
    /// <param name="isRefused">Whether the credential was refused; else nothing was heard of it.</param>
    public static ProviderFailure NoToken(string message, bool isRefused) => isRefused
        ? Make(FailureKind.KeyRejected, 502, ErrorTypes.CredentialsExhausted, message)
        : Make(FailureKind.Connect, 502, ErrorTypes.ProviderUnavailable, message);

    /// <param name="provider">Whose circuit it is.</param>
    /// <param name="cause">What opened it: rate limits stay 429 for the client.</param>
    /// <param name="probeInMs">Until the next probe.</param>
    public static ProviderFailure CircuitOpen(string provider, FailureKind cause, long probeInMs)
    {
        var (status, type, why) = cause switch
        {
            FailureKind.RateLimited => (429, ErrorTypes.RateLimited, "it keeps answering 429"),
            FailureKind.KeyRejected => (502, ErrorTypes.CredentialsExhausted, "it keeps refusing our keys"),
            _ => (502, ErrorTypes.ProviderUnavailable, "it keeps failing"),
        };
        return Make(FailureKind.CircuitOpen, status, type, $"Provider '{provider}' is not called for the moment: {why}.") with
        {
            RetryAfterMs = Math.Max(1, probeInMs),
        };
    }

    private static ProviderFailure Make(FailureKind kind, int status, string type, string message) =>
        new() { Kind = kind, Status = status, Type = type, Message = message };
}
