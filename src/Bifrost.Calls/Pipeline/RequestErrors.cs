using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Pipeline;

/// <summary>Errors that the pipeline itself finds, with what they say of the request (contract section 6).</summary>
internal static class RequestErrors
{
    public static string RequestType(ChatCall call) => call.Envelope.Stream ? RequestTypes.ChatCompletionStream : RequestTypes.ChatCompletion;

    public static GatewayError For(ChatCall call, GatewayError error) => error with { RequestType = RequestType(call) };

    public static GatewayError KeyNotFound(ChatCall call) =>
        Of(call, 403, ErrorTypes.AccessNotFound, "This virtual key does not exist.");

    /// <summary>A provider of a dialect that is not spoken here.</summary>
    public static GatewayError NotSupported(ChatCall call, Target target) => Of(
        call, 400, ErrorTypes.ProviderNotSupported,
        $"Provider '{target.Provider.Name}' is configured and not supported yet: this gateway does not speak its dialect '{target.Provider.Dialect}'.") with
    {
        Provider = target.Provider.Name,
        Param = "model",
    };

    public static GatewayError ClientLeft(ChatCall call) =>
        Of(call, 499, ErrorTypes.RequestCancelled, "The caller left before the answer was there.");

    public static GatewayError TimedOut(ChatCall call, int limitMs) =>
        Of(call, 504, ErrorTypes.RequestTimedOut, $"The request took longer than {limitMs} ms, all its tries together.");

    public static GatewayError TooManyUnsettled(ChatCall call, int max) =>
        Of(call, 503, ErrorTypes.RequestDropped, $"{max} calls are waiting for their settlement; none is admitted until some are done.") with
        {
            RetryAfterMs = 1_000,
        };

    public static GatewayError AdmissionUnknown(ChatCall call) =>
        Of(call, 503, ErrorTypes.RequestDropped, "The virtual key's admission could not be asked.") with { RetryAfterMs = 1_000 };

    public static GatewayError DispatchUnknown(ChatCall call) =>
        Of(call, 502, ErrorTypes.ProviderUnavailable, "The provider's dispatch ended without a reply.");

    private static GatewayError Of(ChatCall call, int status, string type, string message) =>
        new() { Status = status, Type = type, Message = message, RequestType = RequestType(call), Model = call.Envelope.Model };
}
