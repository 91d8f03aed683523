namespace Bifrost.Chat.Errors;

/// <summary>Makes the errors of contract section 6, each with its status, type and what it says about a repetition.</summary>
public static class GatewayErrors
{
    /// <summary>Sent where a repetition helps and its time is unknown.</summary>
    private const long RetryAfterDefaultMs = 1_000;

    /// <summary>A field is missing or holds something wrong.</summary>
    public static GatewayError BadField(string param, string message) =>
        new() { Status = 400, Type = ErrorTypes.InvalidRequest, Message = message, Param = param };

    /// <summary>The body as a whole is wrong.</summary>
    public static GatewayError BadBody(string message) =>
        new() { Status = 400, Type = ErrorTypes.InvalidRequest, Message = message };

    /// <summary>The refusal of a try, on the wire.</summary>
    public static GatewayError FromRefusal(Refusal refusal, string? provider, string? model)
    {
        var row = RefusalTable.Of(refusal.Reason);
        return new GatewayError
        {
            Status = row.Status,
            Type = row.Type,
            Code = row.Code,
            Message = refusal.Message,
            RetryAfterMs = refusal.RetryAfterMs ?? (row.WaitsAlways ? RetryAfterDefaultMs : null),
            ShouldRetry = row.Status == 402 || (row.Status == 429 && !row.WaitsAlways && refusal.RetryAfterMs is null) ? false : null,
            Provider = provider,
            Model = model,
        };
    }

    /// <summary>
    /// The failure of a try, on the wire, with the status, type, code and param it came with: a provider's own error keeps them. Where
    /// they are no error's (an error inside a 200, no type), the row of its kind stands in.
    /// </summary>
    public static GatewayError FromFailure(ProviderFailure failure, string? provider, string? model)
    {
        var row = FailureTable.Of(failure.Kind);
        return new GatewayError
        {
            Status = failure.Status is >= 400 and <= 599 ? failure.Status : row.Status,
            Type = failure.Type.Length > 0 ? failure.Type : row.Type,
            Code = failure.Code,
            Param = failure.Param,
            Message = failure.Message,
            IsBifrostError = !failure.FromProvider,
            RetryAfterMs = failure.RetryAfterMs ?? (!failure.FromProvider && row.WaitsAlways ? RetryAfterDefaultMs : null),
            Provider = provider,
            Model = model,
        };
    }
}
